namespace NsTools.Interop.Netlink.Route;

/// <summary>Attributes of a link message (<c>include/uapi/linux/if_link.h</c>), by their names there.</summary>
public static class LinkAttribute
{
    /// <summary><c>IFLA_ADDRESS</c>: hardware address.</summary>
    public const ushort Address = 1;

    /// <summary><c>IFLA_BROADCAST</c>: hardware broadcast address.</summary>
    public const ushort Broadcast = 2;

    /// <summary><c>IFLA_IFNAME</c>: name, at most 15 bytes.</summary>
    public const ushort Name = 3;

    /// <summary><c>IFLA_MTU</c>: MTU in bytes, u32.</summary>
    public const ushort Mtu = 4;

    /// <summary><c>IFLA_LINK</c>: index of the link beneath, or of a pair's other end, s32.</summary>
    public const ushort Link = 5;

    /// <summary><c>IFLA_QDISC</c>: queue discipline's name.</summary>
    public const ushort QueueDiscipline = 6;

    /// <summary><c>IFLA_MASTER</c>: index of the bridge or other master, u32; 0 for none.</summary>
    public const ushort Master = 10;

    /// <summary><c>IFLA_TXQLEN</c>: transmit queue length in packets, u32.</summary>
    public const ushort TransmitQueueLength = 13;

    /// <summary><c>IFLA_OPERSTATE</c>: RFC 2863 state, u8.</summary>
    public const ushort OperationalState = 16;

    /// <summary><c>IFLA_LINKMODE</c>: link mode, u8.</summary>
    public const ushort LinkMode = 17;

    /// <summary><c>IFLA_LINKINFO</c>: nest of the kind and its data.</summary>
    public const ushort Info = 18;

    /// <summary><c>IFLA_NET_NS_PID</c>: the network namespace of a process, u32.</summary>
    public const ushort NamespaceProcessId = 19;

    /// <summary><c>IFLA_IFALIAS</c>: description.</summary>
    public const ushort Alias = 20;

    /// <summary><c>IFLA_STATS64</c>: <c>struct rtnl_link_stats64</c>.</summary>
    public const ushort Statistics64 = 23;

    /// <summary><c>IFLA_AF_SPEC</c>: nest of a nest for each address family.</summary>
    public const ushort FamilySpecific = 26;

    /// <summary><c>IFLA_GROUP</c>: group number, u32.</summary>
    public const ushort Group = 27;

    /// <summary><c>IFLA_NET_NS_FD</c>: a network namespace by descriptor, u32.</summary>
    public const ushort NamespaceDescriptor = 28;

    /// <summary><c>IFLA_EXT_MASK</c>: what else to tell (<c>RTEXT_FILTER_*</c>), u32.</summary>
    public const ushort ExtendedMask = 29;

    /// <summary><c>IFLA_PROMISCUITY</c>: how many want all packets, u32.</summary>
    public const ushort Promiscuity = 30;

    /// <summary><c>IFLA_NUM_TX_QUEUES</c>: number of transmit queues, u32.</summary>
    public const ushort TransmitQueues = 31;

    /// <summary><c>IFLA_NUM_RX_QUEUES</c>: number of receive queues, u32.</summary>
    public const ushort ReceiveQueues = 32;

    /// <summary><c>IFLA_CARRIER</c>: carrier, u8.</summary>
    public const ushort Carrier = 33;

    /// <summary><c>IFLA_LINK_NETNSID</c>: number of the namespace in which <see cref="Link"/> is, s32.</summary>
    public const ushort LinkNamespaceId = 37;

    /// <summary><c>IFLA_GSO_MAX_SEGS</c>: u32.</summary>
    public const ushort GsoMaxSegments = 40;

    /// <summary><c>IFLA_GSO_MAX_SIZE</c>: bytes, u32.</summary>
    public const ushort GsoMaxSize = 41;

    /// <summary><c>IFLA_MIN_MTU</c>: bytes, u32.</summary>
    public const ushort MinimumMtu = 50;

    /// <summary><c>IFLA_MAX_MTU</c>: bytes, u32; 0 for no limit.</summary>
    public const ushort MaximumMtu = 51;

    /// <summary><c>IFLA_PROP_LIST</c>: nest of alternative names.</summary>
    public const ushort PropertyList = 52;

    /// <summary><c>IFLA_ALT_IFNAME</c>: alternative name, at most 127 bytes.</summary>
    public const ushort AlternativeName = 53;

    /// <summary><c>IFLA_PERM_ADDRESS</c>: the hardware's own address.</summary>
    public const ushort PermanentAddress = 54;

    /// <summary><c>IFLA_PARENT_DEV_NAME</c>: device in sysfs.</summary>
    public const ushort ParentDeviceName = 56;

    /// <summary><c>IFLA_PARENT_DEV_BUS_NAME</c>: bus of that device.</summary>
    public const ushort ParentDeviceBus = 57;

    /// <summary><c>IFLA_GRO_MAX_SIZE</c>: bytes, u32.</summary>
    public const ushort GroMaxSize = 58;

    /// <summary><c>IFLA_TSO_MAX_SIZE</c>: bytes, u32.</summary>
    public const ushort TsoMaxSize = 59;

    /// <summary><c>IFLA_TSO_MAX_SEGS</c>: u32.</summary>
    public const ushort TsoMaxSegments = 60;

    /// <summary><c>IFLA_ALLMULTI</c>: how many want all multicast packets, u32.</summary>
    public const ushort AllMulticast = 61;

    /// <summary><c>IFLA_INFO_KIND</c>: in <see cref="Info"/>: the kind's name.</summary>
    public const ushort InfoKind = 1;

    /// <summary><c>IFLA_INFO_DATA</c>: in <see cref="Info"/>: nest of the kind's own attributes.</summary>
    public const ushort InfoData = 2;

    /// <summary><c>IFLA_INFO_SLAVE_KIND</c>: in <see cref="Info"/>: the master's kind.</summary>
    public const ushort InfoPortKind = 4;

    /// <summary><c>IFLA_INFO_SLAVE_DATA</c>: in <see cref="Info"/>: nest of what the master's kind keeps for its port.</summary>
    public const ushort InfoPortData = 5;

    /// <summary><c>VETH_INFO_PEER</c>: in a veth's data: <c>struct ifinfomsg</c> and attributes of the other end.</summary>
    public const ushort VethPeer = 1;

    /// <summary><c>IFLA_INET6_ADDR_GEN_MODE</c>: in <see cref="FamilySpecific"/>'s nest of <c>AF_INET6</c>: how link-local addresses are made, u8.</summary>
    public const ushort Inet6AddressGeneration = 8;
}
