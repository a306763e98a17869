using System.Net;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>Makes <see cref="NetRoute"/> objects of route messages.</summary>
internal static class RouteDecoder
{
    // RTM_F_CLONED: a cached exception, not a route of a table.
    private const uint Cloned = 0x200;

    // RTNH_F_ONLINK
    private const uint OnLink = 4;

    /// <summary>The route that a message tells of; null for a cached one, or of another family.</summary>
    public static NetRoute? Decode(in NetlinkMessage message, NetworkNamespace networkNamespace)
    {
        RouteHeader header = message.Header<RouteHeader>();
        bool isAnswer = message.Sequence != 0 && !message.Flags.HasFlag(NetlinkFlags.Multi);
        if ((header.Family != AF_INET && header.Family != AF_INET6) || ((header.Flags & Cloned) != 0 && !isAnswer))
            return null;
        IPAddress destination = NetlinkValue.Any(header.Family);
        IPAddress? source = null;
        IPAddress? preferred = null;
        NetRouteHop path = new() { IsOnLink = (header.Flags & OnLink) != 0 };
        List<NetRouteHop> paths = [];
        long table = header.Table;
        long metric = 0;
        long nextHopId = 0;
        long realms = 0;
        NetRouterPreference? preference = null;
        TimeSpan? lifetime = null;
        Dictionary<NetRouteMetric, long>? metrics = null;
        foreach (NetlinkAttribute attribute in message.Attributes<RouteHeader>())
        {
            switch (attribute.Type)
            {
                case RouteAttribute.Destination:
                    destination = NetlinkValue.ToIPAddress(attribute.Value);
                    break;
                case RouteAttribute.Source:
                    source = NetlinkValue.ToIPAddress(attribute.Value);
                    break;
                case RouteAttribute.PreferredSource:
                    preferred = NetlinkValue.ToIPAddress(attribute.Value);
                    break;
                case RouteAttribute.Table:
                    table = attribute.ToUInt32();
                    break;
                case RouteAttribute.Priority:
                    metric = attribute.ToUInt32();
                    break;
                case RouteAttribute.NextHopId:
                    nextHopId = attribute.ToUInt32();
                    break;
                case RouteAttribute.Metrics:
                    metrics = DecodeMetrics(attribute.Nested);
                    break;
                case RouteAttribute.Realms:
                    realms = attribute.ToUInt32();
                    break;
                case RouteAttribute.Preference:
                    preference = (NetRouterPreference)attribute.ToByte();
                    break;
                // struct rta_cacheinfo: the third number, in hundredths of a second (USER_HZ).
                case RouteAttribute.CacheInfo when attribute.Value.Length >= 12:
                    lifetime = BitConverter.ToInt32(attribute.Value[8..]) is not 0 and var ticks ? TimeSpan.FromMilliseconds(ticks * 10L) : null;
                    break;
                case RouteAttribute.MultiPath:
                    paths = DecodePaths(attribute.Value, networkNamespace);
                    break;
                default:
                    path = Apply(path, attribute, networkNamespace);
                    break;
            }
        }
        // A single path may also come as a list of one (next hop objects, IPv6).
        if (paths.Count == 1)
            (path, paths) = (paths[0], []);
        NetRoute route = new()
        {
            DestinationPrefix = ToPrefix(destination, header.DestinationLength),
            SourcePrefix = source is null ? null : ToPrefix(source, header.SourceLength),
            Type = (NetRouteType)header.RouteType,
            NextHop = path.NextHop,
            InterfaceName = path.InterfaceName,
            InterfaceIndex = path.InterfaceIndex,
            IsOnLink = path.IsOnLink,
            NextHops = [.. paths],
            RouteMetric = metric,
            Table = table,
            Protocol = (NetRouteProtocol)header.Protocol,
            Scope = (NetAddressScope)header.Scope,
            PreferredSource = preferred,
            TypeOfService = header.TypeOfService,
            Realms = realms,
            Preference = preference,
            Lifetime = lifetime,
            NextHopId = nextHopId,
            Flags = header.Flags,
            Namespace = networkNamespace.Name,
        };
        return metrics is null
            ? route
            : route with { Metrics = metrics, Mtu = metrics.TryGetValue(NetRouteMetric.Mtu, out long mtu) ? mtu : null };
    }

    private static Dictionary<NetRouteMetric, long> DecodeMetrics(NetlinkAttributes list)
    {
        Dictionary<NetRouteMetric, long> metrics = [];
        foreach (NetlinkAttribute metric in list)
        {
            // The name of a congestion control (RTAX_CC_ALGO) is no number.
            if (Enum.IsDefined((NetRouteMetric)metric.Type))
                metrics[(NetRouteMetric)metric.Type] = metric.ToUInt32();
        }
        return metrics;
    }

    private static IPNetwork ToPrefix(IPAddress address, byte length)
    {
        int kept = Math.Min(length, PrefixText.Bits(address));
        return new IPNetwork(PrefixText.Mask(address, kept), kept);
    }

    private static List<NetRouteHop> DecodePaths(ReadOnlySpan<byte> list, NetworkNamespace networkNamespace)
    {
        List<NetRouteHop> paths = [];
        while (list.Length >= 8)
        {
            NextHopHeader header = System.Runtime.InteropServices.MemoryMarshal.Read<NextHopHeader>(list);
            if (header.Length < 8 || header.Length > list.Length)
                throw new Interop.Syscalls.SyscallException("recvfrom", EBADMSG, "netlink", $"the message is malformed: a path of {header.Length} bytes where {list.Length} are left");
            NetRouteHop path = new()
            {
                InterfaceIndex = header.Index,
                InterfaceName = header.Index > 0 ? networkNamespace.NameOf(header.Index) : null,
                Weight = header.Hops + 1,
                IsOnLink = (header.Flags & OnLink) != 0,
                Flags = header.Flags,
            };
            foreach (NetlinkAttribute attribute in new NetlinkAttributes(list[8..header.Length]))
                path = Apply(path, attribute, networkNamespace);
            paths.Add(path);
            list = list[Math.Min(NetlinkMessage.Align(header.Length), list.Length)..];
        }
        return paths;
    }

    private static NetRouteHop Apply(NetRouteHop path, in NetlinkAttribute attribute, NetworkNamespace networkNamespace)
    {
        switch (attribute.Type)
        {
            case RouteAttribute.OutputInterface:
                int index = attribute.ToInt32();
                return path with
                {
                    InterfaceIndex = index,
                    InterfaceName = networkNamespace.NameOf(index),
                    NextHop = path.NextHop is { IsIPv6LinkLocal: true } known ? new IPAddress(known.GetAddressBytes(), index) : path.NextHop,
                };
            case RouteAttribute.Gateway:
                return path with { NextHop = NetlinkValue.ToIPAddress(attribute.Value, path.InterfaceIndex) };
            case RouteAttribute.Via when attribute.Value.Length > 2:
                return path with { NextHop = NetlinkValue.ToIPAddress(attribute.Value[2..], path.InterfaceIndex) };
            default:
                return path;
        }
    }
}
