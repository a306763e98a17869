namespace NsTools.Interop.Netlink.Route;

/// <summary>Requests of rtnetlink (<c>rtnetlink(7)</c>, <c>include/uapi/linux/rtnetlink.h</c>). Answers and notifications carry the type of the NEW or DEL one.</summary>
public static class RouteOperation
{
    /// <summary><c>RTM_NEWLINK</c>: makes or changes a link.</summary>
    public static readonly NetlinkOperation NewLink = new(16, "RTM_NEWLINK");

    /// <summary><c>RTM_DELLINK</c>: removes a link, or all of a group.</summary>
    public static readonly NetlinkOperation DeleteLink = new(17, "RTM_DELLINK");

    /// <summary><c>RTM_GETLINK</c>: reads links.</summary>
    public static readonly NetlinkOperation GetLink = new(18, "RTM_GETLINK");

    /// <summary><c>RTM_SETLINK</c>: changes a link.</summary>
    public static readonly NetlinkOperation SetLink = new(19, "RTM_SETLINK");

    /// <summary><c>RTM_NEWADDR</c>: adds an address.</summary>
    public static readonly NetlinkOperation NewAddress = new(20, "RTM_NEWADDR");

    /// <summary><c>RTM_DELADDR</c>: removes an address.</summary>
    public static readonly NetlinkOperation DeleteAddress = new(21, "RTM_DELADDR");

    /// <summary><c>RTM_GETADDR</c>: reads addresses.</summary>
    public static readonly NetlinkOperation GetAddress = new(22, "RTM_GETADDR");

    /// <summary><c>RTM_NEWROUTE</c>: adds a route.</summary>
    public static readonly NetlinkOperation NewRoute = new(24, "RTM_NEWROUTE");

    /// <summary><c>RTM_DELROUTE</c>: removes a route.</summary>
    public static readonly NetlinkOperation DeleteRoute = new(25, "RTM_DELROUTE");

    /// <summary><c>RTM_GETROUTE</c>: reads routes, or looks one up.</summary>
    public static readonly NetlinkOperation GetRoute = new(26, "RTM_GETROUTE");

    /// <summary><c>RTM_NEWNEIGH</c>: adds a neighbour.</summary>
    public static readonly NetlinkOperation NewNeighbor = new(28, "RTM_NEWNEIGH");

    /// <summary><c>RTM_DELNEIGH</c>: removes a neighbour.</summary>
    public static readonly NetlinkOperation DeleteNeighbor = new(29, "RTM_DELNEIGH");

    /// <summary><c>RTM_GETNEIGH</c>: reads neighbours.</summary>
    public static readonly NetlinkOperation GetNeighbor = new(30, "RTM_GETNEIGH");

    /// <summary><c>RTM_NEWNSID</c>: gives a network namespace a number in this one.</summary>
    public static readonly NetlinkOperation NewNamespaceId = new(88, "RTM_NEWNSID");

    /// <summary><c>RTM_GETNSID</c>: reads the numbers of network namespaces.</summary>
    public static readonly NetlinkOperation GetNamespaceId = new(90, "RTM_GETNSID");

    /// <summary><c>RTM_NEWLINKPROP</c>: adds alternative names.</summary>
    public static readonly NetlinkOperation NewLinkProperty = new(108, "RTM_NEWLINKPROP");

    /// <summary><c>RTM_DELLINKPROP</c>: removes alternative names.</summary>
    public static readonly NetlinkOperation DeleteLinkProperty = new(109, "RTM_DELLINKPROP");
}
