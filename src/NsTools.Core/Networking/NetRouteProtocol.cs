namespace NsTools;

/// <summary>Who set a route (<c>rtnetlink(7)</c>, <c>RTPROT_*</c>); other numbers are of whoever uses them.</summary>
public enum NetRouteProtocol
{
    /// <summary>Not said.</summary>
    Unspecified = 0,

    /// <summary>An ICMP redirect.</summary>
    Redirect = 1,

    /// <summary>The kernel, for an address.</summary>
    Kernel = 2,

    /// <summary>Somebody at boot, and <c>ip route</c> where it is not told otherwise.</summary>
    Boot = 3,

    /// <summary>The administrator.</summary>
    Static = 4,

    /// <summary>GateD.</summary>
    Gated = 8,

    /// <summary>A router advertisement.</summary>
    RouterAdvertisement = 9,

    /// <summary>Merit MRT.</summary>
    Mrt = 10,

    /// <summary>Zebra.</summary>
    Zebra = 11,

    /// <summary>BIRD.</summary>
    Bird = 12,

    /// <summary>DECnet.</summary>
    DecnetRouting = 13,

    /// <summary>XORP.</summary>
    Xorp = 14,

    /// <summary>Netsukuku.</summary>
    Netsukuku = 15,

    /// <summary>A DHCP client.</summary>
    Dhcp = 16,

    /// <summary>A multicast daemon.</summary>
    Multicast = 17,

    /// <summary>Keepalived.</summary>
    Keepalived = 18,

    /// <summary>Babel.</summary>
    Babel = 42,

    /// <summary>Open/R.</summary>
    OpenR = 99,

    /// <summary>BGP.</summary>
    Bgp = 186,

    /// <summary>IS-IS.</summary>
    Isis = 187,

    /// <summary>OSPF.</summary>
    Ospf = 188,

    /// <summary>RIP.</summary>
    Rip = 189,

    /// <summary>EIGRP.</summary>
    Eigrp = 192,
}
