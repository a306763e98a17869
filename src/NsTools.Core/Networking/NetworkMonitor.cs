using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.Networking;

/// <summary>Listens to what changes in a network namespace. Equivalent to <c>ip monitor</c>.</summary>
public sealed class NetworkMonitor : IDisposable
{
    private readonly NetworkNamespace _namespace;
    private readonly NetlinkSubscription _subscription;

    private NetworkMonitor(NetworkNamespace networkNamespace, NetlinkSubscription subscription)
    {
        _namespace = networkNamespace;
        _subscription = subscription;
        // Before any event, so that a link's name is known when it has just gone.
        networkNamespace.ReadLinkNames();
    }

    /// <summary>Begins to listen: what happens after this call is told.</summary>
    /// <param name="reference">Names the namespace; null for the caller's own.</param>
    /// <param name="kinds">What to listen to; empty for everything.</param>
    /// <exception cref="NsToolsException">There is no such namespace, or the caller may not enter it.</exception>
    /// <exception cref="SyscallException">The socket could not be opened.</exception>
    public static NetworkMonitor Open(NamespaceReference? reference, IReadOnlyList<NetEventKind> kinds)
    {
        NetworkNamespace networkNamespace = NetworkNamespace.Open(reference);
        try
        {
            List<int> groups = [];
            foreach (NetEventKind kind in kinds.Count > 0 ? kinds : Enum.GetValues<NetEventKind>())
            {
                groups.AddRange(kind switch
                {
                    NetEventKind.Link => [RouteGroup.Link],
                    NetEventKind.Address => [RouteGroup.IPv4Address, RouteGroup.IPv6Address],
                    NetEventKind.Route => [RouteGroup.IPv4Route, RouteGroup.IPv6Route],
                    _ => new[] { RouteGroup.Neighbor },
                });
            }
            return new NetworkMonitor(networkNamespace, NetlinkSubscription.Open(NetlinkProtocol.Route, groups, networkNamespace.Place));
        }
        catch
        {
            networkNamespace.Dispose();
            throw;
        }
    }

    /// <summary>Waits for events.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <returns>What happened; empty when the time is over.</returns>
    /// <exception cref="SyscallException">Receiving failed.</exception>
    public IReadOnlyList<NetEvent> Wait(TimeSpan timeout)
    {
        IReadOnlyList<NetEvent> events = _subscription.Receive(Decode, timeout, out bool lost);
        return lost
            ? [new NetEvent { Time = DateTimeOffset.Now, Action = NetEventAction.Lost, Namespace = _namespace.Name }, .. events]
            : events;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _subscription.Dispose();
        _namespace.Dispose();
    }

    private NetEvent? Decode(in NetlinkMessage message)
    {
        if (message.Type == RouteOperation.NewLink.Type || message.Type == RouteOperation.DeleteLink.Type)
        {
            // A bridge tells of its ports in messages of its own family, which are about no link.
            if (message.Header<LinkHeader>().Family != 0)
                return null;
            NetLink link = LinkDecoder.Decode(message, _namespace.Name);
            bool removed = message.Type == RouteOperation.DeleteLink.Type;
            _namespace.Remember(link.Index, removed ? null : link.Name);
            return Make(NetEventKind.Link, removed, link.Name, link);
        }
        if (message.Type == RouteOperation.NewAddress.Type || message.Type == RouteOperation.DeleteAddress.Type)
        {
            NetIPAddress? address = AddressDecoder.Decode(message, _namespace);
            return Make(NetEventKind.Address, message.Type == RouteOperation.DeleteAddress.Type, address?.InterfaceName, address);
        }
        if (message.Type == RouteOperation.NewRoute.Type || message.Type == RouteOperation.DeleteRoute.Type)
        {
            NetRoute? route = RouteDecoder.Decode(message, _namespace);
            return Make(NetEventKind.Route, message.Type == RouteOperation.DeleteRoute.Type, route?.InterfaceName, route);
        }
        if (message.Type == RouteOperation.NewNeighbor.Type || message.Type == RouteOperation.DeleteNeighbor.Type)
        {
            NetNeighbor? neighbor = NeighborService.Decode(message, _namespace);
            return Make(NetEventKind.Neighbor, message.Type == RouteOperation.DeleteNeighbor.Type, neighbor?.InterfaceName, neighbor);
        }
        return null;
    }

    private NetEvent? Make(NetEventKind kind, bool removed, string? interfaceName, object? value) => value is null ? null : new NetEvent
    {
        Time = DateTimeOffset.Now,
        Kind = kind,
        Action = removed ? NetEventAction.Removed : NetEventAction.Changed,
        InterfaceName = interfaceName,
        Value = value,
        Namespace = _namespace.Name,
    };
}
