namespace NsTools.Interop.Netlink.Route;

/// <summary>Attributes of an address message (<c>include/uapi/linux/if_addr.h</c>), by their names there.</summary>
public static class AddressAttribute
{
    /// <summary><c>IFA_ADDRESS</c>: the address, or the other side's on a point-to-point link.</summary>
    public const ushort Address = 1;

    /// <summary><c>IFA_LOCAL</c>: the address on this side.</summary>
    public const ushort Local = 2;

    /// <summary><c>IFA_LABEL</c>: IPv4 label.</summary>
    public const ushort Label = 3;

    /// <summary><c>IFA_BROADCAST</c>: broadcast address.</summary>
    public const ushort Broadcast = 4;

    /// <summary><c>IFA_CACHEINFO</c>: <c>struct ifa_cacheinfo</c>: lifetimes in seconds.</summary>
    public const ushort CacheInfo = 6;

    /// <summary><c>IFA_FLAGS</c>: all flags, u32.</summary>
    public const ushort Flags = 8;

    /// <summary><c>IFA_RT_PRIORITY</c>: metric of the prefix's route, u32.</summary>
    public const ushort RoutePriority = 9;

    /// <summary><c>IFA_PROTO</c>: who set it, u8.</summary>
    public const ushort Protocol = 11;
}
