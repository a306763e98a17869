using System.Net;
using NsTools.Networking;

namespace NsTools.Containers.Networks;

/// <summary>Connects what has a network namespace with networks, and takes it off them: by a cable to their bridge, or by their plugins.</summary>
/// <param name="directories">Where all that is written down.</param>
internal sealed class SandboxCables(NetworkDirectories directories)
{
    private const int IdDigits = 8;
    private readonly AddressAllocator _addresses = new(directories);

    /// <summary>Puts one on a network. What is about to be made is written down first.</summary>
    public SandboxDocument Connect(SandboxDocument sandbox, ResolvedNetwork network, NetworkNamespace host, NetworkNamespace inside, CancellationToken cancellation)
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
        attachment = attachment with { Addresses = _addresses.Allocate(document, request, SandboxNames.LeaseOf(sandbox, attachment)) };
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

    /// <summary>Takes one off a network; what plugins have done is their own affair.</summary>
    /// <param name="sandbox">Which.</param>
    /// <param name="attachment">What it has of the network.</param>
    /// <param name="isEnding">True when nobody is in its namespace any more: then the last cable goes in one step with its bridge.</param>
    /// <returns>What it has left.</returns>
    public SandboxDocument Disconnect(SandboxDocument sandbox, AttachmentDocument attachment, bool isEnding)
    {
        using NetworkNamespace host = NetworkNamespace.Open(null);
        bool isLast = directories.ReadLeases(attachment.Network).Leases.All(lease => lease.Owner == sandbox.Id);
        NetworkDocument? unused = isLast && attachment.CniConfiguration is null ? directories.ReadNetwork(attachment.Network) : null;
        bool together = isEnding && unused is not null;
        if (attachment.Link is { } cable && !together)
            RemoveLink(host, cable);
        if (unused is not null)
            new BridgeNetwork(directories, host, CancellationToken.None).Remove(unused, together ? attachment.Link : null);
        _addresses.Release(attachment.Network, sandbox.Id);
        sandbox = sandbox with { Attachments = [.. sandbox.Attachments.Where(one => one.Network != attachment.Network)] };
        directories.Write(sandbox);
        return sandbox;
    }

    /// <summary>Has the plugins of a network take back what they have done; nothing for a bridge of ours.</summary>
    public static void DisconnectPlugins(SandboxDocument sandbox, AttachmentDocument attachment)
    {
        if (attachment.CniConfiguration is { } text)
        {
            new Cni.CniRunner(Cni.CniConfiguration.Parse(text, attachment.Network), sandbox.Id, sandbox.NamespacePath, attachment.InterfaceName, [.. sandbox.Ports.Select(port => port.ToPort())])
                .Delete(attachment.CniResult);
        }
    }

    private SandboxDocument ConnectByPlugins(SandboxDocument sandbox, AttachmentDocument attachment, Cni.CniConfiguration configuration)
    {
        Cni.CniRunner runner = new(configuration, sandbox.Id, sandbox.NamespacePath, attachment.InterfaceName, [.. sandbox.Ports.Select(port => port.ToPort())]);
        attachment = attachment with { CniConfiguration = configuration.Text };
        directories.Write(sandbox with { Attachments = [.. sandbox.Attachments, attachment] });
        Cni.CniResult result = runner.Add();
        attachment = attachment with { CniResult = result.Text, Addresses = result.Addresses, HardwareAddress = result.HardwareAddress };
        LeaseTable table = directories.ReadLeases(attachment.Network);
        Lease lease = SandboxNames.LeaseOf(sandbox, attachment) with { Addresses = [.. attachment.Addresses.Select(text => text.Split('/')[0])] };
        directories.Write(attachment.Network, table with { Leases = [.. table.Leases, lease] });
        SandboxDocument known = sandbox with { Attachments = [.. sandbox.Attachments, attachment] };
        directories.Write(known);
        return known;
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

    private static void RemoveLink(NetworkNamespace host, string name)
    {
        LinkService links = new(host);
        // With its other end, and at once: the namespace itself goes in its own time.
        if (links.Find(name) is { } link)
            links.Remove([link]);
    }

    private static string LinkName(SandboxDocument sandbox) => Enumerable.Range(0, int.MaxValue)
        .Select(number => $"veth{sandbox.Id[..IdDigits]}{number}").First(name => sandbox.Attachments.All(one => one.Link != name));
}
