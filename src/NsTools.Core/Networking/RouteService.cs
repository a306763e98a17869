using System.Net;
using System.Net.Sockets;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>Reads the routes of a network namespace, and changes them.</summary>
/// <param name="networkNamespace">The namespace.</param>
public sealed class RouteService(NetworkNamespace networkNamespace)
{
    // RTM_F_LOOKUP_TABLE: say in which table the route is that was found.
    private const uint LookupTable = 0x1000;

    // RTNH_F_ONLINK
    private const byte OnLink = 4;

    /// <summary>The routes. Equivalent to <c>ip -d route show table TABLE</c>, for both families.</summary>
    /// <param name="table">Only of this table; null for all tables.</param>
    /// <param name="family">Only of this family; null for IPv4 and IPv6.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SyscallException">The kernel did not answer.</exception>
    public IReadOnlyList<NetRoute> List(long? table = RouteSpecification.MainTable, AddressFamily? family = null, CancellationToken cancellationToken = default)
    {
        List<NetRoute> routes = [];
        foreach (AddressFamily one in family is { } only ? [only] : new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 })
            routes.AddRange(ListFamily(table, one, cancellationToken));
        return routes;
    }

    /// <summary>The route that a packet would take. Equivalent to <c>ip route get ADDRESS [from SOURCE] [oif LINK]</c>.</summary>
    /// <param name="destination">Where the packet goes.</param>
    /// <param name="source">Its source address; null for what the kernel chooses.</param>
    /// <param name="interfaceIndex">The link that it must leave by; 0 for any.</param>
    /// <param name="mark">Its firewall mark; null for none.</param>
    /// <exception cref="SyscallException"><c>ENETUNREACH</c>: there is no route; <c>EHOSTUNREACH</c>, <c>EACCES</c>, <c>EINVAL</c>: there is one that forbids it.</exception>
    public NetRoute Find(IPAddress destination, IPAddress? source = null, int interfaceIndex = 0, long? mark = null)
    {
        int bits = PrefixText.Bits(destination);
        if (interfaceIndex == 0 && destination.IsIPv6LinkLocal)
            interfaceIndex = (int)destination.ScopeId;
        NetlinkRequest request = new NetlinkRequest(RouteOperation.GetRoute, NetlinkFlags.None, destination.ToString())
            .Header(new RouteHeader
            {
                Family = NetlinkValue.ToFamily(destination.AddressFamily),
                DestinationLength = (byte)bits,
                SourceLength = source is null ? (byte)0 : (byte)bits,
                // IPv6 says it always, and refuses to be asked.
                Flags = destination.AddressFamily == AddressFamily.InterNetwork ? LookupTable : 0,
            })
            .Add(RouteAttribute.Destination, destination.GetAddressBytes());
        if (source is not null)
            request.Add(RouteAttribute.Source, source.GetAddressBytes());
        if (interfaceIndex > 0)
            request.AddInt32(RouteAttribute.OutputInterface, interfaceIndex);
        if (mark is { } value)
            request.AddUInt32(RouteAttribute.Mark, checked((uint)value));
        networkNamespace.ReadLinkNames();
        return networkNamespace.Connection.Query(request, (in NetlinkMessage message) => RouteDecoder.Decode(message, networkNamespace));
    }

    /// <summary>Makes a route. Equivalent to <c>ip route add …</c>.</summary>
    /// <param name="route">The route.</param>
    /// <param name="replace">Take the place of one to the same destination with the same metric (<c>ip route replace</c>).</param>
    /// <exception cref="SyscallException"><c>EEXIST</c>: there is one. <c>ENETUNREACH</c>: the router is on no network of the link.</exception>
    public void Add(RouteSpecification route, bool replace = false) => networkNamespace.Connection.Execute(Build(
        RouteOperation.NewRoute,
        NetlinkFlags.Create | (replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive),
        route,
        route.Protocol ?? NetRouteProtocol.Boot,
        route.Scope ?? DefaultScope(route)));

    /// <summary>Removes a route. Equivalent to <c>ip route del …</c>.</summary>
    /// <param name="route">What it must match.</param>
    /// <exception cref="SyscallException"><c>ESRCH</c>: there is none.</exception>
    public void Remove(RouteSpecification route) => networkNamespace.Connection.Execute(Build(
        RouteOperation.DeleteRoute,
        NetlinkFlags.None,
        route,
        route.Protocol ?? NetRouteProtocol.Unspecified,
        // RT_SCOPE_NOWHERE stands for any.
        route.Scope ?? NetAddressScope.Nowhere));

    private IReadOnlyList<NetRoute> ListFamily(long? table, AddressFamily family, CancellationToken cancellationToken)
    {
        NetlinkRequest request = new NetlinkRequest(RouteOperation.GetRoute, NetlinkFlags.None, "routes")
            .Header(new RouteHeader { Family = NetlinkValue.ToFamily(family) });
        if (table is { } one)
            request.AddUInt32(RouteAttribute.Table, checked((uint)one));
        networkNamespace.ReadLinkNames();
        try
        {
            return networkNamespace.Connection.Dump(
                request,
                (in NetlinkMessage message) => RouteDecoder.Decode(message, networkNamespace) is { } route && (table is null || route.Table == table) ? route : null,
                cancellationToken);
        }
        catch (SyscallException none) when (table is not null && none.Number == ENOENT)
        {
            // "FIB table does not exist": then it has no routes.
            return [];
        }
    }

    private static NetlinkRequest Build(NetlinkOperation operation, NetlinkFlags flags, RouteSpecification route, NetRouteProtocol protocol, NetAddressScope scope)
    {
        NetlinkRequest request = new NetlinkRequest(operation, flags, route.ToString())
            .Header(new RouteHeader
            {
                Family = NetlinkValue.ToFamily(route.Family),
                DestinationLength = (byte)route.Destination.PrefixLength,
                SourceLength = (byte)(route.Source?.PrefixLength ?? 0),
                TypeOfService = checked((byte)route.TypeOfService),
                Protocol = (byte)protocol,
                Scope = (byte)scope,
                RouteType = (byte)route.Type,
                Flags = route.Paths is [{ IsOnLink: true }] ? OnLink : 0u,
            })
            .AddUInt32(RouteAttribute.Table, checked((uint)route.Table));
        if (route.Destination.PrefixLength > 0)
            request.Add(RouteAttribute.Destination, route.Destination.BaseAddress.GetAddressBytes());
        if (route.Source is { PrefixLength: > 0 } source)
            request.Add(RouteAttribute.Source, source.BaseAddress.GetAddressBytes());
        if (route.Metric is { } metric)
            request.AddUInt32(RouteAttribute.Priority, checked((uint)metric));
        if (route.PreferredSource is { } preferred)
            request.Add(RouteAttribute.PreferredSource, preferred.GetAddressBytes());
        if (route.Mtu is { } mtu)
            request.AddNest(RouteAttribute.Metrics, metrics => metrics.AddUInt32(RouteAttribute.MetricMtu, checked((uint)mtu)));
        if (route.Paths is [{ } only])
            AddPath(request, route.Family, only, withInterface: true);
        else if (route.Paths.Count > 1)
            request.AddNest(RouteAttribute.MultiPath, list => AddPaths(list, route));
        return request;
    }

    private static void AddPaths(NetlinkRequest list, RouteSpecification route)
    {
        foreach (RoutePath path in route.Paths)
        {
            NextHopHeader header = new()
            {
                Flags = path.IsOnLink ? OnLink : (byte)0,
                Hops = checked((byte)(path.Weight - 1)),
                Index = path.InterfaceIndex,
            };
            list.AddRecord(header, hop => AddPath(hop, route.Family, path, withInterface: false));
        }
    }

    private static void AddPath(NetlinkRequest request, AddressFamily family, RoutePath path, bool withInterface)
    {
        if (path.NextHop is { } router)
        {
            if (router.AddressFamily == family)
                request.Add(RouteAttribute.Gateway, router.GetAddressBytes());
            else
                // struct rtvia: the family in 16 bits, then the address.
                request.Add(RouteAttribute.Via, [NetlinkValue.ToFamily(router.AddressFamily), 0, .. router.GetAddressBytes()]);
        }
        if (withInterface && path.InterfaceIndex > 0)
            request.AddInt32(RouteAttribute.OutputInterface, path.InterfaceIndex);
    }

    /// <summary>As <c>ip route add</c> chooses it (iproute2, <c>iproute_modify()</c>).</summary>
    private static NetAddressScope DefaultScope(RouteSpecification route) => route switch
    {
        { Family: AddressFamily.InterNetworkV6 } => NetAddressScope.Global,
        { Type: NetRouteType.Local or NetRouteType.Nat } => NetAddressScope.Host,
        { Type: NetRouteType.Broadcast or NetRouteType.Multicast or NetRouteType.Anycast } => NetAddressScope.Link,
        { Type: NetRouteType.Unicast or NetRouteType.Unspecified, Paths: [{ NextHop: null }] } => NetAddressScope.Link,
        _ => NetAddressScope.Global,
    };
}
