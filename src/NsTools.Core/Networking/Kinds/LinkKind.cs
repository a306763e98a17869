using System.Diagnostics.CodeAnalysis;

namespace NsTools.Networking.Kinds;

/// <summary>A kind of link that the kernel can make (<c>ip-link(8)</c>), and its settings.</summary>
/// <param name="Name">The kernel's name for it.</param>
/// <param name="ConfigurationOption">The kernel's configuration option that brings it.</param>
/// <param name="Options">Its settings.</param>
public sealed partial record LinkKind(string Name, string ConfigurationOption, IReadOnlyList<LinkOption> Options)
{
    /// <summary>True for a link on top of another one, which must be named when it is made.</summary>
    public bool NeedsParent { get; init; }

    /// <summary>The kinds of which we know more than the name; others can be made as well, without settings.</summary>
    public static IReadOnlyList<LinkKind> All { get; } =
    [
        Bridge(), new("dummy", "CONFIG_DUMMY", []), new("ifb", "CONFIG_IFB", []), new("veth", "CONFIG_VETH", []),
        Macvlan(), Macvtap(), Ipvlan(), Ipvtap(), Vlan(), Vxlan(), Geneve(), Vrf(), Bond(), Tun(), Tap(),
        new("netkit", "CONFIG_NETKIT", []),
        new("nlmon", "CONFIG_NLMON", []),
        new("wireguard", "CONFIG_WIREGUARD", []),
        new("vcan", "CONFIG_CAN_VCAN", []),
        new("team", "CONFIG_NET_TEAM", []),
        new("gre", "CONFIG_NET_IPGRE", []),
        new("gretap", "CONFIG_NET_IPGRE", []),
        new("ipip", "CONFIG_NET_IPIP", []),
        new("sit", "CONFIG_IPV6_SIT", []),
        new("ip6tnl", "CONFIG_IPV6_TUNNEL", []),
    ];

    /// <summary>What a bridge keeps for each of its ports (<c>bridge_slave</c>).</summary>
    public static LinkKind BridgePort { get; } = new("bridge", "CONFIG_BRIDGE", BridgePortOptions());

    /// <summary>Finds a kind by the kernel's name, in any case.</summary>
    /// <param name="name">The name.</param>
    /// <param name="kind">The kind.</param>
    /// <returns>False for one that we do not know.</returns>
    public static bool TryFind(string? name, [NotNullWhen(true)] out LinkKind? kind)
    {
        kind = All.FirstOrDefault(k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return kind is not null;
    }

    /// <summary>Finds a setting by its name, in any case.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="NsToolsException">There is no such setting, or it cannot be set (<c>UnknownLinkOption</c>).</exception>
    public LinkOption FindOption(string name) =>
        Options.FirstOrDefault(o => o.CanSet && o.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new NsToolsException(
            FailureKind.InvalidArgument,
            "UnknownLinkOption",
            $"A link of kind '{Name}' has no setting '{name}' that can be set.",
            Options.Any(o => o.CanSet) ? $"It has: {string.Join(", ", Options.Where(o => o.CanSet).Select(o => o.Name))}." : "It has none.");
}
