using System.Net;
using NsTools.Namespaces;

namespace NsTools.Module.Networking.Nat;

/// <summary>The nft commands for what the NAT cmdlets do, as <c>-WhatIf</c> and <c>-Verbose</c> show them: the rule that matters.</summary>
internal static class NatCommandLine
{
    /// <summary>Masquerading a network.</summary>
    public static string Add(NamespaceReference? place, IPNetwork prefix) =>
        $"{In(place)}nft add rule inet nstools postrouting {Word(prefix.BaseAddress)} saddr {prefix} {Word(prefix.BaseAddress)} daddr != {prefix} masquerade";

    /// <summary>Removing a NAT.</summary>
    public static string Remove(NamespaceReference? place, NetNat nat) =>
        $"{In(place)}nft delete rule inet nstools postrouting  # {nat.Name}: {nat.InternalIPInterfaceAddressPrefix}, and what is published through it";

    /// <summary>Publishing a port.</summary>
    public static string Publish(NamespaceReference? place, NetNatProtocol protocol, IPEndPoint external, IPEndPoint inside)
    {
        string where = external.Address.Equals(IPAddress.Any) || external.Address.Equals(IPAddress.IPv6Any)
            ? "fib daddr type local"
            : $"{Word(external.Address)} daddr {external.Address}";
        return $"{In(place)}nft add rule inet nstools prerouting {where} {Name(protocol)} dport {external.Port} dnat {Word(inside.Address)} to {inside}";
    }

    /// <summary>Ending a publishing.</summary>
    public static string Remove(NamespaceReference? place, NetNatStaticMapping mapping) =>
        $"{In(place)}nft delete rule inet nstools prerouting  # {mapping}";

    private static string In(NamespaceReference? place) => place?.Text switch
    {
        null => "",
        { } text when text.All(char.IsAsciiDigit) => $"nsenter --target {text} --net ",
        { } text when text.Contains('/') => $"nsenter --net={text} ",
        { } text => $"ip netns exec {text} ",
    };

    private static string Word(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "ip6" : "ip";

    private static string Name(NetNatProtocol protocol) => protocol.ToString().ToLowerInvariant();
}
