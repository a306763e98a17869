using static NsTools.Networking.Kinds.LinkOptionType;

namespace NsTools.Networking.Kinds;

public sealed partial record LinkKind
{
    // Ethernet over UDP: ip link add vx0 type vxlan id 42 dstport 4789 remote 192.0.2.1. IFLA_VXLAN_*.
    private static LinkKind Vxlan() => new("vxlan", "CONFIG_VXLAN",
    [
        new("Id", 1, LinkOptionType.UInt32),
        new("Remote", 2, Address) { Attribute6 = 16 },
        new("Underlay", 3, LinkIndex),
        new("Local", 4, Address) { Attribute6 = 17 },
        new("Ttl", 5, LinkOptionType.Byte),
        new("Tos", 6, LinkOptionType.Byte),
        new("Learning", 7, LinkOptionType.Boolean),
        new("AgeingTime", 8, Seconds),
        new("Limit", 9, LinkOptionType.UInt32),
        new("Proxy", 11, LinkOptionType.Boolean),
        new("ShortCircuit", 12, LinkOptionType.Boolean),
        new("L2Miss", 13, LinkOptionType.Boolean),
        new("L3Miss", 14, LinkOptionType.Boolean),
        new("Port", 15, UInt16BigEndian),
        new("UdpChecksum", 18, LinkOptionType.Boolean),
        new("UdpZeroChecksum6Transmit", 19, LinkOptionType.Boolean),
        new("UdpZeroChecksum6Receive", 20, LinkOptionType.Boolean),
        new("GroupPolicy", 23, Presence),
        new("External", 25, LinkOptionType.Boolean),
        new("Label", 26, UInt32BigEndian),
        new("DontFragment", 29, Word) { Words = [("unset", 0), ("set", 1), ("inherit", 2)], WordType = LinkOptionType.Byte },
    ]);

    // Ethernet over UDP with options: ip link add gv0 type geneve id 42 remote 192.0.2.1. IFLA_GENEVE_*.
    private static LinkKind Geneve() => new("geneve", "CONFIG_GENEVE",
    [
        new("Id", 1, LinkOptionType.UInt32),
        new("Remote", 2, Address) { Attribute6 = 7 },
        new("Ttl", 3, LinkOptionType.Byte),
        new("Tos", 4, LinkOptionType.Byte),
        new("Port", 5, UInt16BigEndian),
        new("UdpChecksum", 8, LinkOptionType.Boolean),
        new("Label", 11, UInt32BigEndian),
    ]);
}
