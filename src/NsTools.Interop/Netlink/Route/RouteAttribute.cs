namespace NsTools.Interop.Netlink.Route;

/// <summary>Attributes of a route message (<c>include/uapi/linux/rtnetlink.h</c>), by their names there.</summary>
public static class RouteAttribute
{
    /// <summary><c>RTA_DST</c>: destination; none for the default route.</summary>
    public const ushort Destination = 1;

    /// <summary><c>RTA_SRC</c>: source prefix.</summary>
    public const ushort Source = 2;

    /// <summary><c>RTA_IIF</c>: u32.</summary>
    public const ushort InputInterface = 3;

    /// <summary><c>RTA_OIF</c>: u32.</summary>
    public const ushort OutputInterface = 4;

    /// <summary><c>RTA_GATEWAY</c>: next hop of the route's own family.</summary>
    public const ushort Gateway = 5;

    /// <summary><c>RTA_PRIORITY</c>: metric, u32.</summary>
    public const ushort Priority = 6;

    /// <summary><c>RTA_PREFSRC</c>: address that packets leave with.</summary>
    public const ushort PreferredSource = 7;

    /// <summary><c>RTA_METRICS</c>: nest of <c>RTAX_*</c>.</summary>
    public const ushort Metrics = 8;

    /// <summary><c>RTA_MULTIPATH</c>: list of <c>struct rtnexthop</c> with attributes.</summary>
    public const ushort MultiPath = 9;

    /// <summary><c>RTA_FLOW</c>: realms, u32: from in the upper half, to in the lower.</summary>
    public const ushort Realms = 11;

    /// <summary><c>RTA_CACHEINFO</c>: <c>struct rta_cacheinfo</c>.</summary>
    public const ushort CacheInfo = 12;

    /// <summary><c>RTA_TABLE</c>: table, u32.</summary>
    public const ushort Table = 15;

    /// <summary><c>RTA_MARK</c>: firewall mark, u32.</summary>
    public const ushort Mark = 16;

    /// <summary><c>RTA_VIA</c>: next hop of another family: <c>struct rtvia</c>.</summary>
    public const ushort Via = 18;

    /// <summary><c>RTA_PREF</c>: router preference, u8.</summary>
    public const ushort Preference = 20;

    /// <summary><c>RTA_NH_ID</c>: a next hop object, u32.</summary>
    public const ushort NextHopId = 30;

    /// <summary><c>RTAX_MTU</c>: in <see cref="Metrics"/>: path MTU in bytes, u32.</summary>
    public const ushort MetricMtu = 2;
}
