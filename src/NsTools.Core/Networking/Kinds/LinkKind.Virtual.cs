using static NsTools.Networking.Kinds.LinkOptionType;

namespace NsTools.Networking.Kinds;

public sealed partial record LinkKind
{
    private static (string Word, int Value)[] VlanProtocols => [("802.1Q", 0x8100), ("802.1ad", 0x88a8)];

    // A second hardware address on a link: ip link add link eth0 mv0 type macvlan mode bridge.
    private static LinkKind Macvlan() => new("macvlan", "CONFIG_MACVLAN", MacvlanOptions()) { NeedsParent = true };

    // As macvlan, with a character device for a virtual machine.
    private static LinkKind Macvtap() => new("macvtap", "CONFIG_MACVTAP", MacvlanOptions()) { NeedsParent = true };

    // Further network addresses behind one hardware address: ip link add link eth0 iv0 type ipvlan mode l3.
    private static LinkKind Ipvlan() => new("ipvlan", "CONFIG_IPVLAN", IpvlanOptions()) { NeedsParent = true };

    // As ipvlan, with a character device for a virtual machine.
    private static LinkKind Ipvtap() => new("ipvtap", "CONFIG_IPVTAP", IpvlanOptions()) { NeedsParent = true };

    // One VLAN of a link: ip link add link eth0 eth0.5 type vlan id 5.
    private static LinkKind Vlan() => new("vlan", "CONFIG_VLAN_8021Q",
    [
        new("Id", 1, LinkOptionType.UInt16),
        new("Protocol", 5, Word) { Words = VlanProtocols, WordType = UInt16BigEndian },
    ])
    {
        NeedsParent = true,
    };

    // Routing tables of its own for its ports: ip link add blue type vrf table 10.
    private static LinkKind Vrf() => new("vrf", "CONFIG_NET_VRF", [new("Table", 1, LinkOptionType.UInt32)]);

    // Several links as one: ip link add bond0 type bond mode active-backup.
    private static LinkKind Bond() => new("bond", "CONFIG_BONDING",
    [
        new("Mode", 1, Word)
        {
            Words =
            [
                ("balance-rr", 0), ("active-backup", 1), ("balance-xor", 2), ("broadcast", 3), ("802.3ad", 4),
                ("balance-tlb", 5), ("balance-alb", 6),
            ],
            WordType = LinkOptionType.Byte,
        },
        new("ActivePort", 2, LinkIndex),
        new("MiiInterval", 3, LinkOptionType.UInt32),
    ]);

    // A link whose packets a program reads and writes: ip tuntap add mode tun.
    private static LinkKind Tun() => new("tun", "CONFIG_TUN", TunOptions());

    // As tun, with Ethernet frames: ip tuntap add mode tap. The kernel calls both tun.
    private static LinkKind Tap() => new("tap", "CONFIG_TUN", TunOptions());

    // IFLA_MACVLAN_*; the modes are enum macvlan_mode.
    private static LinkOption[] MacvlanOptions() =>
    [
        new("Mode", 1, Word) { Words = [("private", 1), ("vepa", 2), ("bridge", 4), ("passthru", 8), ("source", 16)] },
        new("BroadcastQueueLength", 7, LinkOptionType.UInt32),
        new("UsedBroadcastQueueLength", 8, LinkOptionType.UInt32) { CanSet = false },
    ];

    // IFLA_IPVLAN_*.
    private static LinkOption[] IpvlanOptions() =>
    [
        new("Mode", 1, Word) { Words = [("l2", 0), ("l3", 1), ("l3s", 2)], WordType = LinkOptionType.UInt16 },
        new("Isolation", 2, Word) { Words = [("bridge", 0), ("private", 1), ("vepa", 2)], WordType = LinkOptionType.UInt16 },
    ];

    // IFLA_TUN_*; they are set by ioctl when the link is made (TunDevice).
    private static LinkOption[] TunOptions() =>
    [
        new("Owner", 1, LinkOptionType.UInt32),
        new("OwnerGroup", 2, LinkOptionType.UInt32),
        new("Type", 3, Word) { Words = [("tun", 1), ("tap", 2)], WordType = LinkOptionType.Byte, CanSet = false },
        new("PacketInformation", 4, LinkOptionType.Boolean),
        new("VnetHeader", 5, LinkOptionType.Boolean),
        new("Persistent", 6, LinkOptionType.Boolean) { CanSet = false },
        new("MultiQueue", 7, LinkOptionType.Boolean),
    ];
}
