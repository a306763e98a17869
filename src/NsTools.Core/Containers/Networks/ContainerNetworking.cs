using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Containers.Isolation;
using NsTools.Containers.Pods;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.Containers.Networks;

/// <summary>The networks of the containers of a store: what each is to have is in its directory, what it has now in <see cref="NetworkSandboxes"/>.</summary>
/// <param name="store">The store.</param>
internal sealed class ContainerNetworking(ContainerStore store)
{
    private const string NetworkType = "network";
    private const string UserType = "user";
    private static readonly string[] s_shared = ["/etc/hosts", "/etc/resolv.conf"];

    /// <summary>What a new container is to have.</summary>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="NsToolsException">
    /// There is no such network, container or namespace; or ports are to be published where it has no network of its own (<c>NetworkPublishesNothing</c>).
    /// </exception>
    public ContainerNetworkDocument Plan(ContainerOptions options)
    {
        if (options.Pod is { } pod)
        {
            new PodStore(store).Require(pod);
            return options.Network is null && options.Ports.Count == 0 && options.HostName is null
                ? new ContainerNetworkDocument { Mode = ContainerNetworkMode.Pod, Target = pod }
                : throw new NsToolsException(FailureKind.InvalidArgument, "PodOwnsNetwork", $"The network, the ports and the host name of a container in a pod are those of the pod '{pod}'.", "Give them to New-Pod.");
        }
        ContainerNetworkSelection selection = options.Network ?? new ContainerNetworkSelection { Mode = UsualMode() };
        IReadOnlyList<ContainerNetworkRequest> networks = selection is { Mode: ContainerNetworkMode.Bridge, Networks.Count: 0 }
            ? [new ContainerNetworkRequest(ContainerNetworkStore.DefaultName)]
            : selection.Networks;
        RequireBridges(selection.Mode);
        if (HelperNetwork.Is(selection.Mode))
        {
            HelperNetwork.Require(selection.Mode);
            HelperNetwork.RequirePublishable(selection.Mode, options.Ports);
        }
        foreach (ContainerNetworkRequest network in networks)
            new ContainerNetworkStore(store.NetworkDirectories).Require(network.Network);
        if (options.Ports.Count > 0 && selection.Mode != ContainerNetworkMode.Bridge && !HelperNetwork.Is(selection.Mode))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "NetworkPublishesNothing", $"No port can be published of a container whose network is {selection.Words().First()}.",
                selection.Mode == ContainerNetworkMode.Host ? "Its ports are the host's: leave -Publish out." : "Put it on a network (Get-ContainerNetwork); in another one's network, publish with that one.");
        }
        if (selection is { Mode: ContainerNetworkMode.Namespace, Target: { } text })
            NamespaceReference.FromText(text).Open(NamespaceType.Network).Dispose();
        return new ContainerNetworkDocument { Mode = selection.Mode, Target = selection.Target, Networks = networks, Ports = [.. options.Ports.Select(PortDocument.From)] };
    }

    /// <summary>The network that one gets who asks for none in particular.</summary>
    /// <exception cref="NsToolsException">An ordinary user has no helper (<c>NetworkHelperMissing</c>).</exception>
    internal static ContainerNetworkMode UsualMode() =>
        PinRights.CanPin ? ContainerNetworkMode.Bridge : LayerPrivileges.IsRoot ? ContainerNetworkMode.None : HelperNetwork.Choose();

    /// <summary>Refuses bridges to who cannot make them.</summary>
    /// <exception cref="NsToolsException">The caller cannot (<c>BridgeNeedsRoot</c>).</exception>
    internal static void RequireBridges(ContainerNetworkMode mode)
    {
        if (mode == ContainerNetworkMode.Bridge && !PinRights.CanPin)
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied, "BridgeNeedsRoot", "Networks with a bridge on the host are root's.",
                "An ordinary user's containers reach each other in a pod (New-Pod), or by published ports (-Network Pasta -Publish 8080:80).");
        }
    }

    /// <summary>Writes down what one is to have.</summary>
    public static void Write(string directory, ContainerNetworkDocument document) => AtomicFile.Write(
        Path.Join(directory, ContainerNetworkDocument.FileName), JsonSerializer.SerializeToUtf8Bytes(document, NetworkJson.Default.ContainerNetworkDocument));

    /// <summary>What one is to have.</summary>
    public static ContainerNetworkDocument Read(string directory) =>
        ContainerJson.Read(Path.Join(directory, ContainerNetworkDocument.FileName), NetworkJson.Default.ContainerNetworkDocument) ?? new ContainerNetworkDocument();

    /// <summary>Sets up what a container is to have, for its start: its network, the files of its names, and its config, which says where the network is.</summary>
    /// <param name="document">The container.</param>
    /// <param name="directory">Its directory.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">A network or container is not there, an address or port is in use, the host cannot do it.</exception>
    public void Up(ContainerDocument document, string directory, CancellationToken cancellation)
    {
        switch (document.Network)
        {
            case ContainerNetworkMode.Bridge:
                SandboxDocument sandbox = Up(document, directory, Read(directory), cancellation);
                Enter(directory, new Dictionary<string, string> { [NetworkType] = sandbox.NamespacePath }, directory);
                break;
            case ContainerNetworkMode.Pasta or ContainerNetworkMode.Slirp4NetNs:
                SandboxDocument helped = Up(document, directory, Read(directory), cancellation);
                Enter(directory, [], directory, hooks: HelperNetwork.HooksOf(store.Sandboxes.HelperOf(helped)));
                break;
            case ContainerNetworkMode.Pod:
                PodShare share = new PodStore(store).EnsureUp(document.Pod!, cancellation);
                Enter(directory, share.Namespaces.ToDictionary(one => one.Key.OciName(), one => one.Value), share.NamesDirectory, share.SharedMemory);
                break;
            case ContainerNetworkMode.Container:
                Container target = store.Get(Read(directory).Target!);
                if (target is not { ProcessId: { } process })
                    throw new NsToolsException(FailureKind.InvalidState, "ContainerNotRunning", $"The container '{document.Name}' is to be in the network of '{target.Name}', which does not run: it is {target.State}.", $"Start-Container {target.Name} starts it.");
                HostFiles.Write(directory, document.HostName, usesHostNetwork: false);
                Enter(directory, NamespacesOf(process), target.Path!);
                break;
            case ContainerNetworkMode.Namespace:
                HostFiles.WriteNetworked(directory, document.HostName, $"127.0.0.1\t{document.HostName}\n");
                Enter(directory, new Dictionary<string, string> { [NetworkType] = PathOf(Read(directory).Target!) }, directory);
                break;
            default:
                HostFiles.Write(directory, document.HostName, document.Network == ContainerNetworkMode.Host);
                break;
        }
    }

    /// <summary>Takes down what a container has; nothing is fine, too.</summary>
    /// <param name="id">Its ID.</param>
    public void Down(string id) => store.Sandboxes.Down(id, CancellationToken.None);

    /// <summary>Takes down what containers have that do not run any more: their supervisor was killed, or the machine's user removed them by hand.</summary>
    /// <param name="isAlive">Whether a container is known to run; those that are not are asked for.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>True when there was something.</returns>
    public bool Sweep(Func<string, bool> isAlive, CancellationToken cancellation)
    {
        bool found = false;
        foreach (string id in store.Sandboxes.Ids().Where(id => !isAlive(id)).ToArray())
        {
            if (store.Sandboxes.Find(id) is { } sandbox && (sandbox.IsPod ? new PodStore(store).IsDead(sandbox.Name) : IsDead(id, cancellation)))
            {
                store.Sandboxes.Down(id, cancellation);
                found = true;
            }
        }
        return found;
    }

    private bool IsDead(string id, CancellationToken cancellation)
    {
        if (store.Runtime.State(id) is { Status: not "stopped" })
            return false;
        try
        {
            // Whoever starts it holds the lock.
            using SafeFileHandle? free = DirectoryLock.TryAcquire(store.PathOf(id));
            cancellation.ThrowIfCancellationRequested();
            return free is not null && store.Runtime.State(id) is null or { Status: "stopped" };
        }
        catch (SyscallException gone) when (gone.Name == "ENOENT")
        {
            return true;
        }
    }

    private SandboxDocument Up(ContainerDocument document, string directory, ContainerNetworkDocument plan, CancellationToken cancellation)
    {
        SandboxRequest request = new()
        {
            Id = document.Id,
            Name = document.Name,
            HostName = document.HostName,
            Directory = directory,
            Networks = plan.Networks,
            Helper = HelperNetwork.Is(plan.Mode) ? plan.Mode : null,
            Ports = [.. plan.Ports.Select(port => port.ToPort())],
        };
        try
        {
            return store.Sandboxes.Up(request, cancellation);
        }
        catch (NsToolsException taken) when (taken.ErrorId is "PortInUse" or "PortAlreadyPublished" or "AddressInUse" or "SubnetExhausted")
        {
            // Whose it was may have ended, and nobody have seen it yet. Not in the filter: the lock is held until this block.
            if (!Sweep(_ => false, cancellation))
                throw;
            return store.Sandboxes.Up(request, cancellation);
        }
    }

    /// <summary>Writes into a container's config where its network is, and whose names it sees.</summary>
    private static void Enter(string directory, Dictionary<string, string> namespaces, string names, string? sharedMemory = null, HooksSpec? hooks = null)
    {
        string path = Path.Join(directory, "config.json");
        RuntimeSpec spec = RuntimeSpecJson.Deserialize(File.ReadAllBytes(path));
        AtomicFile.Write(path, RuntimeSpecJson.Serialize(spec with
        {
            Hooks = hooks,
            Mounts = [.. (spec.Mounts ?? []).Select(mount => mount switch
            {
                { Destination: "/dev/shm", Source: "shm" } when sharedMemory is not null => mount with { Type = "bind", Source = sharedMemory, Options = ["bind", "nosuid", "noexec", "nodev"] },
                // Another one's network has that one's names; a pod's containers have its host name, too.
                _ when (s_shared.Contains(mount.Destination) || (sharedMemory is not null && mount.Destination == "/etc/hostname")) && IsOurs(mount, directory)
                    => mount with { Source = Path.Join(names, Path.GetFileName(mount.Destination)) },
                _ => mount,
            })],
            Linux = spec.Linux! with
            {
                // One that is joined has its maps (config-linux.md, "User namespace mappings").
                UidMappings = namespaces.ContainsKey(UserType) ? null : spec.Linux.UidMappings,
                GidMappings = namespaces.ContainsKey(UserType) ? null : spec.Linux.GidMappings,
                Namespaces = [.. (spec.Linux.Namespaces ?? []).Select(one => namespaces.TryGetValue(one.Type, out string? place) ? one with { Path = place } : one)],
            },
        }), isSynchronized: false);
    }

    // What is done in a network namespace takes rights in the user namespace that it belongs to: an ordinary user's container joins both.
    private static Dictionary<string, string> NamespacesOf(int process)
    {
        Dictionary<string, string> namespaces = new() { [NetworkType] = $"/proc/{process}/ns/net" };
        if (!LayerPrivileges.IsRoot)
            namespaces[UserType] = $"/proc/{process}/ns/user";
        return namespaces;
    }

    // A volume of the user's may be in its place.
    private static bool IsOurs(MountSpec mount, string directory) =>
        Path.GetFileName(mount.Source) == Path.GetFileName(mount.Destination)
        // The container's own at its first start; another container's or a pod's at a later one.
        && (Path.GetDirectoryName(Path.GetDirectoryName(mount.Source)) == Path.GetDirectoryName(directory)
            || Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(mount.Source))) == Path.GetDirectoryName(Path.GetDirectoryName(directory)));

    private static string PathOf(string text)
    {
        NamespaceReference.FromText(text).Open(NamespaceType.Network).Dispose();
        return text.All(char.IsAsciiDigit) ? $"/proc/{text}/ns/net"
            : text.Contains('/', StringComparison.Ordinal) ? text
            : NamespaceStore.Current.Find(text)?.Network?.Path ?? NetworkNamespaceDirectory.PathOf(text);
    }
}
