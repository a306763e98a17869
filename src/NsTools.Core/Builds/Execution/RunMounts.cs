using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;

namespace NsTools.Builds.Execution;

/// <summary>What <c>RUN --mount</c> mounts, from its words to the container's mounts; what is made for it goes with it.</summary>
internal sealed class RunMounts : IDisposable
{
    private readonly List<Action> _undo = [];

    /// <summary>The mounts.</summary>
    public List<ContainerMount> Mounts { get; } = [];

    /// <summary>Variables that come with them: secrets, and the agent's socket.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    /// <summary>Prepares the mounts of a RUN.</summary>
    /// <param name="specifications">What it asks for.</param>
    /// <param name="request">The build.</param>
    /// <param name="openTree">Gives the path of the tree that a <c>from</c> names, the context's for none; and how it is let go.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">A source or a secret is not there.</exception>
    public static RunMounts Prepare(IEnumerable<RunMountSpecification> specifications, BuildRequest request, Func<string?, (string Path, Action Release)> openTree, CancellationToken cancellation)
    {
        RunMounts mounts = new();
        try
        {
            foreach (RunMountSpecification specification in specifications)
                mounts.Add(specification, request, openTree, cancellation);
            return mounts;
        }
        catch
        {
            mounts.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Action undo in Enumerable.Reverse(_undo))
            undo();
        _undo.Clear();
    }

    private void Add(RunMountSpecification specification, BuildRequest request, Func<string?, (string Path, Action Release)> openTree, CancellationToken cancellation)
    {
        switch (specification.Type)
        {
            case "bind":
                (string tree, Action release) = openTree(specification.From);
                _undo.Add(release);
                // What is written there is not kept: so it is not written at all (Dockerfile reference, "RUN --mount=type=bind").
                Mounts.Add(new ContainerMount { Type = ContainerMountType.Bind, Source = InTree(tree, specification.Source), Destination = specification.Target!, IsReadOnly = true });
                break;
            case "cache":
                Mounts.Add(new ContainerMount { Type = ContainerMountType.Bind, Source = CacheDirectory(specification, cancellation), Destination = specification.Target!, IsReadOnly = specification.IsReadOnly });
                break;
            case "tmpfs":
                Mounts.Add(new ContainerMount
                {
                    Type = ContainerMountType.TmpFs,
                    Destination = specification.Target!,
                    CopiesUp = false,
                    Options = specification.Size is { } size ? [string.Create(CultureInfo.InvariantCulture, $"size={size}")] : [],
                });
                break;
            case "secret":
                AddSecret(specification, request);
                break;
            default:
                AddAgent(specification);
                break;
        }
    }

    private static string InTree(string tree, string source)
    {
        using SafeFileHandle root = Interop.Mounts.PathInRoot.OpenRoot(tree);
        using SafeFileHandle? node = Interop.Mounts.PathInRoot.TryOpen(root, "/" + source, Tmds.Linux.LibC.O_PATH);
        return node is null
            ? throw new NsToolsException(FailureKind.NotFound, "SourceNotFound", $"there is no '{source}' to mount.", "Paths begin at the top of the context, or of the stage that from= names.")
            : new FileInfo($"/proc/self/fd/{Descriptor.Number(node)}").LinkTarget!;
    }

    private string CacheDirectory(RunMountSpecification specification, CancellationToken cancellation)
    {
        string name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(specification.Id ?? specification.Target!)))[..32];
        string root = Path.Join(RuntimeDirectories.DataRoot, "builds", "mounts");
        string path = Path.Join(root, specification.Sharing == "private" ? $"{name}-{Guid.NewGuid():N}" : name);
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path);
            using SafeFileHandle directory = DirectoryHandle.Open(path);
            FileOwner.Set(directory, specification.UserId, specification.GroupId);
            File.SetUnixFileMode(directory, (UnixFileMode)(specification.Mode ?? 0b111_101_101));
        }
        if (specification.Sharing == "private")
            _undo.Add(() => Images.Layers.ImageMounter.Remove(path));
        else if (specification.Sharing == "locked")
            _undo.Add(DirectoryLock.Acquire(path, cancellation).Dispose);
        return path;
    }

    private void AddSecret(RunMountSpecification specification, BuildRequest request)
    {
        string id = specification.Id ?? Path.GetFileName(specification.Target!);
        if (!request.Secrets.TryGetValue(id, out string? source))
        {
            if (specification.IsRequired)
                throw new NsToolsException(FailureKind.NotFound, "SecretNotFound", $"the secret '{id}' is required and was not given.", $"Give it with -Secret @{{ {id} = 'FILE' }}.");
            return;
        }
        byte[] secret = File.ReadAllBytes(source);
        if (specification.Variable is { } variable)
            Environment[variable] = System.Text.Encoding.UTF8.GetString(secret);
        if (specification.Variable is not null && specification.Target is null)
            return;
        // In memory, for this RUN alone, whoever the user in it is.
        string directory = Path.Join(RuntimeDirectories.RunRoot, "builds");
        Directory.CreateDirectory(directory, (UnixFileMode)0b111_000_000);
        string path = Path.Join(directory, Guid.NewGuid().ToString("N"));
        using (FileStream file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            _undo.Add(() => File.Delete(path));
            file.Write(secret);
            FileOwner.Set(file.SafeFileHandle, specification.UserId, specification.GroupId);
            File.SetUnixFileMode(file.SafeFileHandle, (UnixFileMode)(specification.Mode ?? 0b100_000_000));
        }
        Mounts.Add(new ContainerMount { Type = ContainerMountType.Bind, Source = path, Destination = specification.Target ?? $"/run/secrets/{id}", IsReadOnly = true });
    }

    private void AddAgent(RunMountSpecification specification)
    {
        if (System.Environment.GetEnvironmentVariable("SSH_AUTH_SOCK") is not { Length: > 0 } socket || !File.Exists(socket))
        {
            if (specification.IsRequired)
                throw new NsToolsException(FailureKind.NotFound, "AgentNotFound", "an SSH agent is required, and $SSH_AUTH_SOCK names none.", "Start one: eval $(ssh-agent), ssh-add.");
            return;
        }
        string target = specification.Target ?? "/run/buildkit/ssh_agent.0";
        Mounts.Add(new ContainerMount { Type = ContainerMountType.Bind, Source = socket, Destination = target });
        Environment["SSH_AUTH_SOCK"] = target;
    }
}
