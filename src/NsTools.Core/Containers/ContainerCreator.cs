using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Containers.Health;
using NsTools.Containers.Isolation;
using NsTools.Containers.Networks;
using NsTools.Containers.Pods;
using NsTools.Containers.Volumes;
using NsTools.Images;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Health;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;

namespace NsTools.Containers;

/// <summary>Makes containers, up to their start: all of one or nothing.</summary>
/// <param name="store">Where.</param>
public sealed class ContainerCreator(ContainerStore store)
{
    /// <summary>Makes a container of an image, whose layers are unpacked where they are not yet.</summary>
    /// <param name="source">The image.</param>
    /// <param name="contents">What the source has.</param>
    /// <param name="options">What it is to be.</param>
    /// <param name="expansion">How layers are unpacked.</param>
    /// <param name="cancellation">Ends it; nothing is left then.</param>
    /// <exception cref="NsToolsException">The image is none, the name is taken, an option is not as it must be.</exception>
    /// <exception cref="SyscallException">A step failed; nothing is left.</exception>
    public Container Create(IImageSource source, ImageContents contents, ContainerOptions options, ExpansionOptions expansion, CancellationToken cancellation)
    {
        LayerStore layers = LayerStore.Default;
        using IDisposable held = layers.Hold(cancellation);
        IReadOnlyList<string> unpacked = ContainerLayers.Unpack(layers, source, contents, expansion, cancellation);
        ImageRunConfig image = contents.Config!.Config;
        return Create(
            id => Describe(id, options, image, source.Reference.ToString()) with
            {
                Image = source.Reference.ToString(),
                ImageDigest = contents.Content.Digest.ToString(),
                ImageId = contents.Manifest.Config.Digest.ToString(),
                Layers = unpacked,
                Ports = image.ExposedPorts ?? [],
            },
            options,
            image,
            cancellation);
    }

    /// <summary>Makes a container of a root file system, which it writes to as it is.</summary>
    /// <param name="root">Its directory.</param>
    /// <param name="options">What it is to be.</param>
    /// <param name="cancellation">Ends it; nothing is left then.</param>
    /// <exception cref="NsToolsException">The root is none, the name is taken, an option is not as it must be.</exception>
    /// <exception cref="SyscallException">A step failed; nothing is left.</exception>
    public Container Create(string root, ContainerOptions options, CancellationToken cancellation)
    {
        string path = RootPath.Require(root);
        ImageRunConfig image = new();
        return Create(id => Describe(id, options, image, path) with { Root = path }, options, image, cancellation);
    }

    /// <summary>Makes a container of layers that are no image yet: that of a build's step.</summary>
    /// <param name="layers">The layers' unpacked content, the lowest first; held by the caller.</param>
    /// <param name="image">What the image that comes of them says.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">What it is to be.</param>
    /// <param name="cancellation">Ends it; nothing is left then.</param>
    internal Container Create(IReadOnlyList<string> layers, ImageRunConfig image, string name, ContainerOptions options, CancellationToken cancellation) =>
        Create(id => Describe(id, options, image, name) with { Layers = layers }, options, image, cancellation);

    private Container Create(Func<string, ContainerDocument> describe, ContainerOptions options, ImageRunConfig image, CancellationToken cancellation)
    {
        string id = ContainerName.NewId();
        ContainerNetworkDocument network = new ContainerNetworking(store).Plan(options);
        ContainerDocument document = describe(id) with
        {
            Network = network.Mode,
            Pod = options.Pod,
            HostName = options.Pod is { } pod ? new PodStore(store).Require(pod).HostName : options.HostName ?? (network.Mode == ContainerNetworkMode.Host ? Environment.MachineName : id[..12]),
        };
        if (options.Name is { } name)
            ContainerName.Validate(name);
        if (UserNamespaceText.Parse(options.UserNamespace, id, store) is { } users)
        {
            RequireMappable(document);
            document = document with { UserMap = users };
        }
        string directory = store.PathOf(id), names = store.Names;
        using VolumeClaim volumes = VolumeClaim.Take(store, document.Mounts, cancellation);
        SafeFileHandle entry;
        using (store.Lock(cancellation))
        {
            if (options.Name is { } taken && store.IdOfName(taken) is { } owner)
            {
                throw new NsToolsException(
                    FailureKind.AlreadyExists,
                    "ContainerExists",
                    $"A container named '{taken}' exists already: {owner[..12]}.",
                    $"Choose another name, or remove that one with Remove-Container {taken}.");
            }
            document = document with { Name = options.Name ?? ContainerName.Choose(candidate => store.IdOfName(candidate) is not null) };
            Directory.CreateDirectory(directory);
            entry = DirectoryLock.Acquire(directory, cancellation);
            AtomicFile.Write(Path.Join(names, document.Name), System.Text.Encoding.ASCII.GetBytes(id));
        }
        try
        {
            ContainerNetworking.Write(directory, network);
            Fill(document, options, image, directory, volumes, cancellation);
            volumes.Keep();
            return store.Find(id)!;
        }
        catch
        {
            File.Delete(Path.Join(names, document.Name));
            Directory.Delete(directory, recursive: true);
            throw;
        }
        finally
        {
            entry.Dispose();
        }
    }

    // What others own is nobody's there, and a pod's members must agree on whose it is.
    private static void RequireMappable(ContainerDocument document)
    {
        if (document.Root is not null)
            throw new NsToolsException(FailureKind.NotSupported, "UserNamespaceNeedsImage", "A root file system is used as it is: its owners are not mapped into a user namespace.", "Make an image of it (Import-RootFileSystem), or leave -UserNamespace out.");
        if (document.Pod is not null)
            throw new NsToolsException(FailureKind.NotSupported, "UserNamespaceInPod", "What the containers of a pod share belongs to the host's user namespace.", "Leave out -Pod or -UserNamespace.");
    }

    private static void Fill(ContainerDocument document, ContainerOptions options, ImageRunConfig image, string directory, VolumeClaim volumes, CancellationToken cancellation)
    {
        string place = Path.Join(directory, ContainerSpecBuilder.MountPlace);
        if (document.Root is null)
        {
            foreach (string name in (string[])["upper", "work"])
                Directory.CreateDirectory(Path.Join(directory, name));
            Directory.CreateDirectory(place);
            if (document.Layers.Count > 0)
            {
                // The top directory that one sees is the upper one.
                using SafeFileHandle from = DirectoryHandle.Open(document.Layers[^1]), to = DirectoryHandle.Open(Path.Join(directory, "upper"));
                if (LayerPrivileges.IsRoot)
                    DirectoryMetadata.Copy(from, to);
                else
                    File.SetUnixFileMode(to, File.GetUnixFileMode(from));
            }
        }
        RuntimeSpec spec;
        using (SafeFileHandle root = OpenRoot(document, place))
        {
            ContainerSpecBuilder builder = new(document, options, image, directory, volumes.Store);
            UserDatabase users = new(root);
            spec = builder.Build(users);
            volumes.Fill(new VolumeFiller(root, builder.AccountOf(users)), cancellation);
        }
        RuntimeSpecValidator.Validate(spec, needsProcess: true);
        AtomicFile.Write(Path.Join(directory, "config.json"), RuntimeSpecJson.Serialize(spec));
        if (document.HealthChecks.Count > 0)
        {
            HealthPlan plan = new() { Probes = document.HealthChecks, StopSignal = document.StopSignal, StopTimeout = TimeSpan.FromSeconds(document.StopTimeout) };
            AtomicFile.Write(Path.Join(directory, HealthPlan.FileName), JsonSerializer.SerializeToUtf8Bytes(plan, HealthJson.Default.HealthPlan));
        }
        // The last one: with it the container is there.
        AtomicFile.Write(Path.Join(directory, ContainerDocument.FileName), JsonSerializer.SerializeToUtf8Bytes(document, ContainerJson.Default.ContainerDocument));
    }

    /// <summary>What the container will see, to find its users in; mounted nowhere.</summary>
    private static SafeFileHandle OpenRoot(ContainerDocument document, string empty) => document switch
    {
        { Root: { } path } => PathInRoot.OpenRoot(RootFileSystemMounts.For(path).Count > 0 ? "/" : path),
        { Layers.Count: 0 } => PathInRoot.OpenRoot(empty),
        // A whole tree, which its container alone mounts.
        { Layers: [var only] } when !LayerPrivileges.IsRoot => PathInRoot.OpenRoot(only),
        // Overlayfs wants two directories at least where nothing takes changes.
        _ => ImageOverlay.Create("container", [empty, .. document.Layers], upper: null, work: null),
    };

    private static ContainerDocument Describe(string id, ContainerOptions options, ImageRunConfig image, string source) => new()
    {
        Id = id,
        Name = "",
        Command = ContainerSpecBuilder.CommandOf(options, image, source),
        Config = ConfigOf(options, image),
        Created = DateTimeOffset.UtcNow,
        Labels = LabelsOf(options, image),
        Mounts = MountsOf(options, image),
        HostName = "",
        RemovesItself = options.RemovesItself,
        HasNoCgroup = options.SharesHost,
        StopSignal = options.StopSignal ?? (image.StopSignal is { Length: > 0 } signal ? SignalName.Parse(signal) : null) ?? Signals.Terminate,
        StopTimeout = options.StopTimeout?.TotalSeconds ?? image.StopTimeout ?? 10,
        LogSize = options.LogSize,
        HasTerminal = options.HasTerminal,
        KeepsInput = options.KeepsInput,
        RestartPolicy = ContainerRestartPolicy.Check(options),
        HealthChecks = HealthOptions.ProbesOf(options, image),
    };

    private static ImageRunConfig ConfigOf(ContainerOptions options, ImageRunConfig image) => image with
    {
        User = options.User ?? image.User,
        Env = ConfigValues.WithVariables(image.Env, options.Environment.Select(variable => (variable.Key, variable.Value))),
        Entrypoint = options.Entrypoint ?? image.Entrypoint,
        Cmd = options.Arguments.Count > 0 ? options.Arguments : options.Entrypoint is null ? image.Cmd : null,
        WorkingDir = options.WorkingDirectory ?? image.WorkingDir,
        Labels = options.Labels.Count == 0 ? image.Labels : LabelsOf(options, image),
        StopSignal = options.StopSignal is { } signal ? $"SIG{SignalName.Of(signal)}" : image.StopSignal,
        Healthcheck = HealthOptions.Merge(image.Healthcheck, options.HealthCheck),
    };

    private static Dictionary<string, string> LabelsOf(ContainerOptions options, ImageRunConfig image) =>
        new[] { image.Labels ?? new Dictionary<string, string>(), options.Labels }
            .SelectMany(labels => labels).GroupBy(label => label.Key).ToDictionary(group => group.Key, group => group.Last().Value);

    // What was asked for goes in place of the image's volumes, which have no name but one of our own.
    private static ContainerMount[] MountsOf(ContainerOptions options, ImageRunConfig image)
    {
        IEnumerable<ContainerMount> own = (image.Volumes ?? []).Select(path => new ContainerMount { Type = ContainerMountType.Volume, Destination = path, IsAnonymous = true });
        return [.. own.Concat(options.Mounts).GroupBy(mount => mount.Destination.TrimEnd('/')).Select(group => group.Last()).Select(Named)];
    }

    private static ContainerMount Named(ContainerMount mount) =>
        mount is { Type: ContainerMountType.Volume, Source: null } ? mount with { Source = ContainerName.NewId(), IsAnonymous = true } : mount;
}
