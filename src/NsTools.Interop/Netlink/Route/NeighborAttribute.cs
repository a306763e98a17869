namespace NsTools.Interop.Netlink.Route;

/// <summary>Attributes of a neighbour message (<c>include/uapi/linux/neighbour.h</c>), by their names there.</summary>
public static class NeighborAttribute
{
    /// <summary><c>NDA_DST</c>: the neighbour's network address.</summary>
    public const ushort Destination = 1;

    /// <summary><c>NDA_LLADDR</c>: its hardware address.</summary>
    public const ushort LinkLayerAddress = 2;

    /// <summary><c>NDA_CACHEINFO</c>: <c>struct nda_cacheinfo</c>: times in clock ticks.</summary>
    public const ushort CacheInfo = 3;

    /// <summary><c>NDA_PROBES</c>: u32.</summary>
    public const ushort Probes = 4;

    /// <summary><c>NDA_IFINDEX</c>: u32.</summary>
    public const ushort InterfaceIndex = 8;

    /// <summary><c>NDA_MASTER</c>: index of a master, u32.</summary>
    public const ushort Master = 9;

    /// <summary><c>NDA_PROTOCOL</c>: who made it, u8.</summary>
    public const ushort Protocol = 12;
}
