using System.Net;
using Microsoft.Win32.SafeHandles;
using NsTools.Containers.Isolation;
using NsTools.Hosts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using NsTools.Networking;
using NsTools.Networking.Nat;

namespace NsTools.Containers.Networks;

/// <summary>
/// Sets up the networks of containers and pods, and takes them down: a network namespace with a link to each network,
/// addresses, published ports, and the names of the others. What is about to be made is written down first, so that a
/// crash at any point leaves only what <see cref="Down"/> finds.
/// </summary>
/// <param name="directories">Where all that is written down.</param>
internal sealed class NetworkSandboxes(NetworkDirectories directories)
{
    private const int IdDigits = 8;
    private readonly AddressAllocator _addresses = new(directories);

    /// <summary>Those of the calling user, at this moment's directories.</summary>
    public static NetworkSandboxes Current => new(new NetworkDirectories(RuntimeDirectories.DataRoot, RuntimeDirectories.RunRoot));

    /// <summary>What a container or pod has now; null for nothing.</summary>
    /// <param name="id">Its ID.</param>
    public SandboxDocument? Find(string id) => directories.ReadSandbox(id);

    /// <summary>The IDs of all that have something.</summary>
    public IEnumerable<string> Ids() => directories.SandboxIds();

    /// <summary>Sets up all that one is to have, or nothing.</summary>
    /// <param name="request">What.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">A network is not there, an address or port is in use, the host cannot do it.</exception>
    /// <exception cref="SyscallException">The kernel refused a step.</exception>
    public SandboxDocument Up(SandboxRequest request, CancellationToken cancellation)
    {
        ContainerNetworkStore networks = new(directories);
        using SafeFileHandle held = directories.Lock(cancellation);
        if (directories.ReadSandbox(request.Id) is { } leftover)
            TakeDown(leftover);
        IReadOnlyList<ResolvedNetwork> resolved = [.. request.Networks.Select(network => networks.Resolve(network, cancellation))];
        SandboxDocument sandbox = new()
        {
            Id = request.Id,
            Name = request.Name,
            HostName = request.HostName,
            IsPod = request.IsPod,
            HostsFile = Path.Join(request.Directory, HostFiles.Hosts),
            NamespacePath = request.NamespacePath ?? directories.NamespaceFile(request.Id),
            Ports = [.. Settle(request.Ports).Select(PortDocument.From)],
        };
        directories.Write(sandbox);
        try
        {
            if (request.NamespacePath is null)
                MakeNamespace(sandbox.NamespacePath);
            using NetworkNamespace host = NetworkNamespace.Open(null), inside = NetworkNamespace.Open(NamespaceReference.FromPath(sandbox.NamespacePath));
            new LinkService(inside).Change(new LinkService(inside).Get(new LinkReference { Name = "lo" }), new LinkChange { Up = true });
            foreach (ResolvedNetwork network in resolved)
                sandbox = Connect(sandbox, network, host, inside, cancellation);
            if (sandbox.Ports.Count > 0 && !sandbox.Attachments.Any(attachment => attachment.CniConfiguration is not null))
                Publish(sandbox, cancellation);
            string names = NameFiles.Own(sandbox.Attachments.SelectMany(attachment => attachment.Addresses), sandbox.HostName, sandbox.Name);
            HostFiles.WriteNetworked(request.Directory, sandbox.HostName, names + NameFiles.Block(TablesOf(sandbox), sandbox.Id));
            UpdateNames(sandbox.Attachments.Select(attachment => attachment.Network), sandbox.Id);
            return sandbox;
        }
        catch
        {
            TakeDown(directories.ReadSandbox(request.Id) ?? sandbox);
            throw;
        }
    }

    /// <summary>Takes down what one has; nothing is fine, too.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    public void Down(string id, CancellationToken cancellation)
    {
        if (directories.ReadSandbox(id) is null)
            return;
        using SafeFileHandle held = directories.Lock(cancellation);
        if (directories.ReadSandbox(id) is { } sandbox)
            TakeDown(sandbox);
    }

    /// <summary>Puts one that is up on another network.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="request">The network.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <returns>False when it is not up.</returns>
    /// <exception cref="NsToolsException">It is on that network already (<c>NetworkConnected</c>).</exception>
    public bool Connect(string id, ContainerNetworkRequest request, CancellationToken cancellation)
    {
        using SafeFileHandle held = directories.Lock(cancellation);
        if (directories.ReadSandbox(id) is not { } sandbox)
            return false;
        ResolvedNetwork network = new ContainerNetworkStore(directories).Resolve(request, cancellation);
        using NetworkNamespace host = NetworkNamespace.Open(null), inside = NetworkNamespace.Open(NamespaceReference.FromPath(sandbox.NamespacePath));
        int before = sandbox.Attachments.Count;
        try
        {
            sandbox = Connect(sandbox, network, host, inside, cancellation);
        }
        catch
        {
            if (directories.ReadSandbox(id) is { } partly && partly.Attachments.Count > before)
            {
                // Plugins have taken back by themselves what they had done.
                Disconnect(partly, partly.Attachments[^1]);
            }
            throw;
        }
        UpdateNames(sandbox.Attachments.Select(attachment => attachment.Network), except: null);
        return true;
    }

    /// <summary>Takes one that is up off a network.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <returns>False when it is not up, or not on the network.</returns>
    /// <exception cref="NsToolsException">Ports are published through it (<c>NetworkPublishes</c>).</exception>
    public bool Disconnect(string id, string network, CancellationToken cancellation)
    {
        using SafeFileHandle held = directories.Lock(cancellation);
        if (directories.ReadSandbox(id) is not { } sandbox || sandbox.Attachments.FirstOrDefault(one => one.Network == network) is not { } attachment)
            return false;
        if (sandbox.Ports.Count > 0 && sandbox.Attachments[0] == attachment)
        {
            throw new NsToolsException(
                FailureKind.InvalidState, "NetworkPublishes", $"The ports of '{sandbox.Name}' are published through the network '{network}'.",
                "Stop it, take it off the network, and start it again: they are published through its next one then.");
        }
        DisconnectPlugins(sandbox, attachment);
        sandbox = Disconnect(sandbox, attachment);
        UpdateNames([network, .. sandbox.Attachments.Select(one => one.Network)], except: null);
        return true;
    }

    private SandboxDocument Connect(SandboxDocument sandbox, ResolvedNetwork network, NetworkNamespace host, NetworkNamespace inside, CancellationToken cancellation)
    {
        ContainerNetworkRequest request = network.Request;
        if (sandbox.Attachments.Any(one => one.Network == request.Network))
            throw new NsToolsException(FailureKind.AlreadyExists, "NetworkConnected", $"'{sandbox.Name}' is on the network '{request.Network}' already.", "Take it off with Disconnect-ContainerNetwork first.");
        string interfaceName = request.InterfaceName
            ?? Enumerable.Range(0, int.MaxValue).Select(number => $"eth{number}").First(name => sandbox.Attachments.All(one => one.InterfaceName != name));
        AttachmentDocument attachment = new() { Network = request.Network, InterfaceName = interfaceName, Aliases = request.Aliases };
        if (network.Cni is { } configuration)
            return ConnectByPlugins(sandbox, attachment, configuration);
        BridgeNetwork bridges = new(directories, host, cancellation);
        NetworkDocument document = bridges.Ensure(network.Bridge!, out NetLink bridge);
        attachment = attachment with { Link = LinkName(sandbox) };
        // Known before it is there.
        SandboxDocument known = sandbox with { Attachments = [.. sandbox.Attachments, attachment] };
        directories.Write(known);
        attachment = attachment with { Addresses = _addresses.Allocate(document, request, LeaseOf(sandbox, attachment)) };
        VethBuilder builder = new();
        builder.Add(host, inside, new VethSpecification(attachment.Link!, interfaceName)
        {
            MasterIndex = bridge.Index,
            Mtu = document.Mtu,
            IsUp = true,
            PeerAddresses = [.. attachment.Addresses.Select(text => AddressSpecification.Parse(text) with { NoDuplicateDetection = text.Contains(':', StringComparison.Ordinal) })],
        });
        (_, VethPair? pair, Exception? failure) = builder.Finish()[0];
        if (failure is not null)
            throw failure;
        // With br_netfilter the answer to itself is turned round inside the bridge (ip-sysctl.rst, bridge-nf-call-iptables).
        new LinkService(host).Change(pair!.Link, new LinkChange { PortOptions = new Dictionary<string, object> { ["Hairpin"] = true } });
        if (!document.IsInternal)
            AddDefaultRoutes(sandbox, document, inside, pair.Peer);
        known = sandbox with { Attachments = [.. sandbox.Attachments, attachment with { HardwareAddress = pair.Peer.HardwareAddress?.ToString() }] };
        directories.Write(known);
        return known;
    }

    private SandboxDocument ConnectByPlugins(SandboxDocument sandbox, AttachmentDocument attachment, Cni.CniConfiguration configuration)
    {
        Cni.CniRunner runner = new(configuration, sandbox.Id, sandbox.NamespacePath, attachment.InterfaceName, [.. sandbox.Ports.Select(port => port.ToPort())]);
        attachment = attachment with { CniConfiguration = configuration.Text };
        directories.Write(sandbox with { Attachments = [.. sandbox.Attachments, attachment] });
        Cni.CniResult result = runner.Add();
        attachment = attachment with { CniResult = result.Text, Addresses = result.Addresses, HardwareAddress = result.HardwareAddress };
        LeaseTable table = directories.ReadLeases(attachment.Network);
        Lease lease = LeaseOf(sandbox, attachment) with { Addresses = [.. attachment.Addresses.Select(text => text.Split('/')[0])] };
        directories.Write(attachment.Network, table with { Leases = [.. table.Leases, lease] });
        SandboxDocument known = sandbox with { Attachments = [.. sandbox.Attachments, attachment] };
        directories.Write(known);
        return known;
    }

    private static void DisconnectPlugins(SandboxDocument sandbox, AttachmentDocument attachment)
    {
        if (attachment.CniConfiguration is { } text)
        {
            new Cni.CniRunner(Cni.CniConfiguration.Parse(text, attachment.Network), sandbox.Id, sandbox.NamespacePath, attachment.InterfaceName, [.. sandbox.Ports.Select(port => port.ToPort())])
                .Delete(attachment.CniResult);
        }
    }

    private SandboxDocument Disconnect(SandboxDocument sandbox, AttachmentDocument attachment)
    {
        using NetworkNamespace host = NetworkNamespace.Open(null);
        if (attachment.Link is { } link)
            RemoveLink(host, link);
        LeaseTable left = _addresses.Release(attachment.Network, sandbox.Id);
        if (left.Leases.Count == 0 && attachment.CniConfiguration is null && directories.ReadNetwork(attachment.Network) is { } document)
            new BridgeNetwork(directories, host, CancellationToken.None).Remove(document);
        sandbox = sandbox with { Attachments = [.. sandbox.Attachments.Where(one => one.Network != attachment.Network)] };
        directories.Write(sandbox);
        return sandbox;
    }

    private void TakeDown(SandboxDocument sandbox)
    {
        string[] networks = [.. sandbox.Attachments.Select(attachment => attachment.Network)];
        if (sandbox.Ports.Count > 0)
            Unpublish(sandbox);
        foreach (AttachmentDocument attachment in sandbox.Attachments.Reverse())
        {
            try
            {
                DisconnectPlugins(sandbox, attachment);
            }
            catch (NsToolsException failure) when (failure.ErrorId.StartsWith("Cni", StringComparison.Ordinal))
            {
                // A plugin that is gone or broken does not keep the rest; what it made inside goes with the namespace.
            }
            sandbox = Disconnect(sandbox, attachment);
        }
        string pin = directories.NamespaceFile(sandbox.Id);
        if (sandbox.NamespacePath == pin)
        {
            NamespaceFile.Unpin(pin);
            File.Delete(pin);
        }
        directories.DeleteSandbox(sandbox.Id);
        UpdateNames(networks, except: null);
    }

    private static void AddDefaultRoutes(SandboxDocument sandbox, NetworkDocument document, NetworkNamespace inside, NetLink link)
    {
        RouteService routes = new(inside);
        foreach (IPAddress gateway in document.Subnets.Select(subnet => IPAddress.Parse(subnet.Gateway)))
        {
            IPNetwork everywhere = new(gateway.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
            // The first network is the way out; the others stand by.
            routes.Add(new RouteSpecification(everywhere) { Paths = [new RoutePath(gateway, link.Index)], Metric = 100 + sandbox.Attachments.Count });
        }
    }

    private static void MakeNamespace(string pin)
    {
        File.OpenHandle(pin, FileMode.Create, FileAccess.Write).Dispose();
        NamespaceThread.RunInNewNetwork(() => NamespaceFile.Pin("/proc/thread-self/ns/net", pin));
    }

    private static void RemoveLink(NetworkNamespace host, string name)
    {
        LinkService links = new(host);
        try
        {
            // With its other end, and at once: the namespace itself goes in its own time.
            links.Remove([links.Get(new LinkReference { Name = name })]);
        }
        catch (NsToolsException gone) when (gone.ErrorId == "LinkNotFound")
        {
        }
    }

    private IReadOnlyList<ContainerPort> Settle(IReadOnlyList<ContainerPort> ports)
    {
        if (ports.Count == 0)
            return [];
        SandboxDocument[] others = [.. directories.SandboxIds().Select(directories.ReadSandbox).OfType<SandboxDocument>()];
        return new HostPorts(
            new NatService(null, CancellationToken.None).ListMappings(),
            mapping => Array.Find(others, other => other.Ports.Any(port => IsOf(mapping, other, port)))?.Name).Settle(ports);
    }

    private void Publish(SandboxDocument sandbox, CancellationToken cancellation)
    {
        AttachmentDocument? way = sandbox.Attachments.FirstOrDefault(one => directories.ReadNetwork(one.Network) is { IsInternal: false });
        if (way is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InternalNetworkPublishes", $"'{sandbox.Name}' is on internal networks alone: no port of it can be published.", "Put it on another network first, or make the network without -Internal.");
        }
        NetworkDocument network = directories.ReadNetwork(way.Network)!;
        NatService nat = new(null, cancellation);
        foreach (IPAddress inside in way.Addresses.Select(text => IPAddress.Parse(text.Split('/')[0])))
        {
            bool isIPv6 = inside.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
            (NetNatProtocol, IPEndPoint, IPEndPoint)[] ports =
            [
                .. sandbox.Ports.Select(port => port.ToPort())
                    // All addresses are those of IPv6, too, where the container has one.
                    .Select(port => isIPv6 && port.HostAddress.Equals(IPAddress.Any) ? port with { HostAddress = IPAddress.IPv6Any } : port)
                    .Where(port => port.HostAddress.AddressFamily == inside.AddressFamily).Distinct()
                    .Select(port => (port.Protocol, port.HostEndPoint, new IPEndPoint(inside, port.Port))),
            ];
            if (ports.Length > 0)
                nat.AddMappings(BridgeNetwork.NatName(network, inside.AddressFamily), ports);
        }
        if (sandbox.Ports.Select(port => IPAddress.Parse(port.HostAddress)).FirstOrDefault(address => !way.Addresses.Any(own => IPAddress.Parse(own.Split('/')[0]).AddressFamily == address.AddressFamily)) is { } unreachable)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "AddressFamilyMismatch", $"The network '{way.Network}' has no address of the family of {unreachable}, so nothing can be published on that.", "Make the network with -IPv6, or publish on an address of the other family.");
        }
    }

    private static void Unpublish(SandboxDocument sandbox)
    {
        if (sandbox.Attachments.Any(attachment => attachment.CniConfiguration is null))
            new NatService(null, CancellationToken.None).RemoveMappings(mapping => sandbox.Ports.Any(port => IsOf(mapping, sandbox, port)));
    }

    private static bool IsOf(NetNatStaticMapping mapping, SandboxDocument sandbox, PortDocument port) =>
        mapping.ExternalPort == port.HostPort && mapping.InternalPort == port.Port && mapping.Protocol == port.Protocol
        && sandbox.Attachments.SelectMany(attachment => attachment.Addresses).Any(address => address.Split('/')[0] == mapping.InternalIPAddress.ToString());

    // All of a network have lines of all: each table is read once, not once for each.
    private void UpdateNames(IEnumerable<string> networks, string? except)
    {
        Dictionary<string, LeaseTable> tables = [];
        foreach (string id in networks.Distinct().SelectMany(network => Table(network).Leases).Select(lease => lease.Owner).Distinct().Where(id => id != except).ToArray())
        {
            if (directories.ReadSandbox(id) is { } sandbox)
                NameFiles.Update(sandbox.HostsFile, NameFiles.Block(sandbox.Attachments.Select(attachment => Table(attachment.Network)), id));
        }

        LeaseTable Table(string network) => tables.TryGetValue(network, out LeaseTable? known) ? known : tables[network] = directories.ReadLeases(network);
    }

    private IEnumerable<LeaseTable> TablesOf(SandboxDocument sandbox) => sandbox.Attachments.Select(attachment => directories.ReadLeases(attachment.Network));

    private static Lease LeaseOf(SandboxDocument sandbox, AttachmentDocument attachment) => new()
    {
        Owner = sandbox.Id,
        Addresses = [],
        Names = [.. ((IEnumerable<string>)[sandbox.Name, .. attachment.Aliases, sandbox.HostName, sandbox.Id[..Math.Min(12, sandbox.Id.Length)]]).Distinct()],
        HostsFile = sandbox.HostsFile,
    };

    private static string LinkName(SandboxDocument sandbox) => Enumerable.Range(0, int.MaxValue)
        .Select(number => $"veth{sandbox.Id[..IdDigits]}{number}").First(name => sandbox.Attachments.All(one => one.Link != name));
}
