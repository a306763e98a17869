using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Containers.Isolation;
using NsTools.Containers.Networks;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Networking.Helpers;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using NsTools.RootFileSystems;

namespace NsTools.Containers.Pods;

/// <summary>
/// The pods of a user: what one is lies in <c>pods/NAME</c> of the data directory; while it is up a <see cref="NamespaceSet"/>
/// holds its namespaces, and <see cref="NetworkSandboxes"/> knows its network.
/// </summary>
/// <param name="containers">Where its containers are.</param>
public sealed class PodStore(ContainerStore containers)
{
    // sys/mount.h.
    private const ulong NoSuid = 2, NoDevices = 4, NoExecution = 8;
    private readonly string _directory = Path.GetFullPath(Path.Join(containers.DataRoot, "pods"));
    private readonly string _run = Path.GetFullPath(Path.Join(containers.RunRoot, "pods"));
    private readonly NamespaceStore _sets = new(containers.RunRoot);

    /// <summary>The calling user's, at this moment's directories.</summary>
    public static PodStore Current => new(ContainerStore.Current);

    /// <summary>The names of all pods.</summary>
    public IReadOnlyList<string> Names() => Directory.Exists(_directory)
        ? [.. Directory.EnumerateDirectories(_directory).Where(path => File.Exists(Path.Join(path, PodDocument.FileName))).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>All pods, by name.</summary>
    public IReadOnlyList<Pod> List()
    {
        IReadOnlyList<Container> all = containers.List();
        return [.. Names().Select(Read).OfType<PodDocument>().Select(document => Describe(document, all))];
    }

    /// <summary>The pod of a name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="NsToolsException">There is none (<c>PodNotFound</c>).</exception>
    public Pod Get(string name) => Describe(Require(name), containers.List());

    /// <summary>The containers of a pod, in the order in which they were made.</summary>
    /// <param name="name">The pod's name.</param>
    public IReadOnlyList<Container> ContainersOf(string name) => [.. containers.List().Where(container => container.Pod == name).OrderBy(container => container.Created)];

    /// <summary>Makes a pod; it comes up with the first container that is started.</summary>
    /// <param name="options">What it is to be.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">The name cannot be one or is taken (<c>PodExists</c>), or there is no such network.</exception>
    public Pod Create(PodOptions options, CancellationToken cancellation)
    {
        ContainerName.Validate(options.Name);
        NamespaceName.Validate(SetName(options.Name));
        ContainerNetworkMode? helper = HelperFor(options);
        IReadOnlyList<ContainerNetworkRequest> networks = helper is not null ? [] : options.Networks.Count > 0 ? options.Networks : [new ContainerNetworkRequest(ContainerNetworkStore.DefaultName)];
        foreach (ContainerNetworkRequest network in networks)
            new ContainerNetworkStore(containers.NetworkDirectories).Require(network.Network);
        Directory.CreateDirectory(_directory);
        using SafeFileHandle held = DirectoryLock.Acquire(_directory, cancellation);
        if (Read(options.Name) is not null)
            throw new NsToolsException(FailureKind.AlreadyExists, "PodExists", $"A pod named '{options.Name}' exists already.", $"Choose another name, or remove that one with Remove-Pod {options.Name}.");
        PodDocument document = new()
        {
            Id = ContainerName.NewId(),
            Name = options.Name,
            HostName = options.HostName ?? options.Name,
            Created = DateTimeOffset.UtcNow,
            Helper = helper,
            Networks = networks,
            Ports = [.. options.Ports.Select(PortDocument.From)],
            Labels = options.Labels,
            SharesProcesses = options.SharesProcesses,
        };
        Directory.CreateDirectory(PathOf(options.Name));
        AtomicFile.Write(Path.Join(PathOf(options.Name), PodDocument.FileName), JsonSerializer.SerializeToUtf8Bytes(document, PodJson.Default.PodDocument));
        return Describe(document, []);
    }

    /// <summary>Brings a pod up, and starts those of its containers that do not run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">It cannot come up, or a container cannot be started.</exception>
    public void Start(string name, CancellationToken cancellation)
    {
        EnsureUp(name, cancellation);
        ContainerStarter starter = new(containers);
        foreach (Container container in ContainersOf(name).Where(container => container.State is ContainerState.Created or ContainerState.Exited))
            starter.Start(container.Id, cancellation);
    }

    /// <summary>Ends the containers of a pod, and takes it down.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="timeout">From each one's stop signal to SIGKILL; null for its own.</param>
    /// <param name="cancellation">Ends the wait; what runs then runs on.</param>
    public void Stop(string name, TimeSpan? timeout, CancellationToken cancellation)
    {
        PodDocument document = Require(name);
        ContainerStopper stopper = new(containers);
        foreach (Container container in ContainersOf(name).Where(container => container.ProcessId is not null).Reverse())
            stopper.Stop(container.Id, timeout, cancellation);
        using SafeFileHandle held = DirectoryLock.Acquire(PathOf(name), cancellation);
        Down(document);
    }

    /// <summary>Removes a pod with its containers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isForced">True to end those that run.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">A container of it runs (<c>PodRunning</c>).</exception>
    public void Remove(string name, bool isForced, CancellationToken cancellation)
    {
        PodDocument document = Require(name);
        IReadOnlyList<Container> members = ContainersOf(name);
        if (!isForced && members.FirstOrDefault(container => container.ProcessId is not null) is { } running)
            throw new NsToolsException(FailureKind.InvalidState, "PodRunning", $"The container '{running.Name}' of the pod '{name}' runs.", "Stop-Pod ends it; Remove-Pod -Force does both.");
        ContainerRemover remover = new(containers);
        foreach (Container container in members)
            remover.Remove(container.Id, isForced, removesVolumes: false, cancellation);
        using SafeFileHandle held = DirectoryLock.Acquire(PathOf(name), cancellation);
        Down(document);
        File.Delete(Path.Join(PathOf(name), PodDocument.FileName));
        Directory.Delete(PathOf(name), recursive: true);
    }

    /// <summary>Makes sure that there is such a pod.</summary>
    /// <exception cref="NsToolsException">There is none (<c>PodNotFound</c>).</exception>
    internal PodDocument Require(string name) => Read(name) ?? throw new NsToolsException(
        FailureKind.NotFound, "PodNotFound", $"There is no pod '{name}'.", "Get-Pod shows those that there are; New-Pod makes one.");

    /// <summary>Brings the namespaces and the network of a pod up where they are not.</summary>
    /// <returns>What its containers share.</returns>
    internal PodShare EnsureUp(string name, CancellationToken cancellation)
    {
        PodDocument document = Require(name);
        using SafeFileHandle held = DirectoryLock.Acquire(PathOf(name), cancellation);
        string memory = Path.Join(_run, name, "shm");
        NamespaceSet? set = _sets.Find(SetName(name));
        if (set is not { State: NamespaceSetState.Running } || containers.Sandboxes.Find(document.Id) is null)
        {
            Down(document);
            NamespaceType[] types = [NamespaceType.Network, NamespaceType.Ipc, NamespaceType.Uts, .. document.SharesProcesses ? [NamespaceType.Pid] : Array.Empty<NamespaceType>(), .. document.Helper is null ? Array.Empty<NamespaceType>() : [NamespaceType.User]];
            ContainerUsers? users = document.Helper is null ? null : ContainerUsers.ForCaller();
            set = new NamespaceMaker(_sets).Make(SetName(name), new NewNamespaceOptions { Types = types, HostName = document.HostName, UidMaps = MapsOf(users?.Uid), GidMaps = MapsOf(users?.Gid) }, cancellation);
            try
            {
                Directory.CreateDirectory(memory);
                if (document.Helper is not null)
                    // An ordinary user mounts nothing here; its run directory is in memory as it is.
                    File.SetUnixFileMode(memory, (UnixFileMode)0b1_111_111_111);
                else
                    ClassicMount.Mount("shm", memory, "tmpfs", NoSuid | NoDevices | NoExecution, "mode=1777,size=64m");
                SandboxDocument sandbox = containers.Sandboxes.Up(
                    new SandboxRequest
                    {
                        Id = document.Id,
                        Name = name,
                        HostName = document.HostName,
                        Directory = PathOf(name),
                        IsPod = true,
                        NamespacePath = set.Network!.Path,
                        Networks = document.Networks,
                        Helper = document.Helper,
                        Ports = [.. document.Ports.Select(port => port.ToPort())],
                    },
                    cancellation);
                if (document.Helper is not null)
                    StartHelper(document, sandbox, set.ProcessId);
            }
            catch
            {
                Down(document);
                throw;
            }
        }
        return new PodShare(set.Namespaces.ToDictionary(one => one.Type, one => one.Path!), PathOf(name), memory);
    }

    private static ContainerNetworkMode? HelperFor(PodOptions options)
    {
        if (options.Helper is null && (PinRights.CanPin || options.Networks.Count > 0))
        {
            ContainerNetworking.RequireBridges(ContainerNetworkMode.Bridge);
            return null;
        }
        ContainerNetworkMode helper = options.Helper ?? HelperNetwork.Choose();
        HelperNetwork.Require(helper);
        HelperNetwork.RequirePublishable(helper, options.Ports);
        return helper;
    }

    // One for all of its containers, for as long as it is up.
    private void StartHelper(PodDocument document, SandboxDocument sandbox, int holder)
    {
        try
        {
            NetworkHelper.Start(containers.Sandboxes.HelperOf(sandbox), holder);
        }
        catch (NetworkHelperException failure)
        {
            throw new NsToolsException(FailureKind.InvalidState, "PodNotStarted", $"The pod '{document.Name}' could not be started: {failure.Message}", null, failure);
        }
    }

    private static string[] MapsOf(IReadOnlyList<IdMapping>? maps) => [.. (maps ?? []).Select(map => string.Create(CultureInfo.InvariantCulture, $"{map.ContainerId}:{map.HostId}:{map.Size}"))];

    /// <summary>True when nothing holds a pod any more that has a network.</summary>
    internal bool IsDead(string name) => Read(name) is null || _sets.Find(SetName(name)) is not { State: NamespaceSetState.Running };

    private void Down(PodDocument document)
    {
        containers.Sandboxes.Down(document.Id, CancellationToken.None);
        string memory = Path.Join(_run, document.Name, "shm");
        if (document.Helper is null)
            NamespaceFile.Unpin(memory);
        if (Directory.Exists(Path.Join(_run, document.Name)))
        {
            // What is in it may belong to a user's subordinate IDs.
            using SafeFileHandle parent = DirectoryHandle.Open(_run);
            OwnedTree.Remove(parent, _run, document.Name, CancellationToken.None);
        }
        if (!_sets.Exists(SetName(document.Name)))
            return;
        foreach (NamespaceRemovalResult result in new NamespaceRemover(_sets).Remove([SetName(document.Name)], endMembers: true, CancellationToken.None))
        {
            if (result.Failure is { } failure)
                throw failure;
        }
    }

    private static string SetName(string name) => $"pod-{name}";

    private string PathOf(string name) => Path.Join(_directory, name);

    private PodDocument? Read(string name) => name.Length > 0 && !name.Contains('/', StringComparison.Ordinal) && name is not ("." or "..")
        ? ContainerJson.Read(Path.Join(PathOf(name), PodDocument.FileName), PodJson.Default.PodDocument)
        : null;

    private Pod Describe(PodDocument document, IReadOnlyList<Container> all)
    {
        Container[] members = [.. all.Where(container => container.Pod == document.Name).OrderBy(container => container.Created)];
        bool isUp = _sets.Find(SetName(document.Name)) is { State: NamespaceSetState.Running };
        SandboxDocument? sandbox = isUp ? containers.Sandboxes.Find(document.Id) : null;
        (IReadOnlyList<ContainerNetworkAttachment> networks, IReadOnlyList<ContainerPort> ports) = ContainerNetworkState.Of(document.Networks, sandbox);
        return new Pod
        {
            Id = document.Id,
            Name = document.Name,
            State = isUp
                ? members.All(container => container.ProcessId is not null) ? PodState.Running
                    : members.Any(container => container.ProcessId is not null) ? PodState.Degraded : PodState.Exited
                : members.All(container => container.State == ContainerState.Created) ? PodState.Created : PodState.Exited,
            Created = document.Created,
            HostName = document.HostName,
            Containers = [.. members.Select(container => container.Name)],
            Networks = [.. networks],
            PublishedPorts = [.. ports],
            Labels = document.Labels,
            NamespaceSet = SetName(document.Name),
            SharesProcesses = document.SharesProcesses,
            Path = PathOf(document.Name),
        };
    }
}

/// <summary>What the containers of a pod have in common.</summary>
/// <param name="Namespaces">Paths of the namespaces.</param>
/// <param name="NamesDirectory">The directory of its hosts file, host name and <c>resolv.conf</c>.</param>
/// <param name="SharedMemory">The directory that is <c>/dev/shm</c>.</param>
internal sealed record PodShare(IReadOnlyDictionary<NamespaceType, string> Namespaces, string NamesDirectory, string SharedMemory);
