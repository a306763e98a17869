namespace NsTools.Interop.Netlink.Route;

/// <summary>Groups of notifications (<c>enum rtnetlink_groups</c> in <c>include/uapi/linux/rtnetlink.h</c>).</summary>
public static class RouteGroup
{
    /// <summary><c>RTNLGRP_LINK</c>: links.</summary>
    public const int Link = 1;

    /// <summary><c>RTNLGRP_NEIGH</c>: neighbours.</summary>
    public const int Neighbor = 3;

    /// <summary><c>RTNLGRP_IPV4_IFADDR</c>: IPv4 addresses.</summary>
    public const int IPv4Address = 5;

    /// <summary><c>RTNLGRP_IPV4_ROUTE</c>: IPv4 routes.</summary>
    public const int IPv4Route = 7;

    /// <summary><c>RTNLGRP_IPV6_IFADDR</c>: IPv6 addresses.</summary>
    public const int IPv6Address = 9;

    /// <summary><c>RTNLGRP_IPV6_ROUTE</c>: IPv6 routes.</summary>
    public const int IPv6Route = 11;
}
