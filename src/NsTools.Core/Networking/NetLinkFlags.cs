namespace NsTools;

/// <summary>Flags of a link (<c>netdevice(7)</c>, <c>IFF_*</c>).</summary>
[Flags]
public enum NetLinkFlags : long
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Switched on.</summary>
    Up = 0x1,

    /// <summary>Has a broadcast address.</summary>
    Broadcast = 0x2,

    /// <summary>Debugging.</summary>
    Debug = 0x4,

    /// <summary>The loopback.</summary>
    Loopback = 0x8,

    /// <summary>Has one other end only.</summary>
    PointToPoint = 0x10,

    /// <summary>No trailers.</summary>
    NoTrailers = 0x20,

    /// <summary>Ready to carry packets.</summary>
    Running = 0x40,

    /// <summary>No address resolution.</summary>
    NoArp = 0x80,

    /// <summary>Takes all packets.</summary>
    Promiscuous = 0x100,

    /// <summary>Takes all multicast packets.</summary>
    AllMulticast = 0x200,

    /// <summary>Master of others in load balancing.</summary>
    Master = 0x400,

    /// <summary>A port of a load balancer.</summary>
    Slave = 0x800,

    /// <summary>Can do multicast.</summary>
    Multicast = 0x1000,

    /// <summary>Can choose its medium.</summary>
    PortSelect = 0x2000,

    /// <summary>Chooses its medium.</summary>
    AutoMedia = 0x4000,

    /// <summary>Loses its addresses when it goes down.</summary>
    Dynamic = 0x8000,

    /// <summary>The layer beneath has a carrier.</summary>
    LowerUp = 0x10000,

    /// <summary>Waits for an event, such as 802.1X.</summary>
    Dormant = 0x20000,

    /// <summary>Echoes what is sent.</summary>
    Echo = 0x40000,
}
