using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace NsTools.Networking.Nat;

/// <summary>The rules of the table <c>inet nstools</c>, as commands of <c>libnftables-json(5)</c>.</summary>
internal static class NatRules
{
    /// <summary>The one table that NsTools has.</summary>
    public const string Table = "nstools";

    /// <summary>Family of the table: IPv4 and IPv6 both.</summary>
    public const string Family = "inet";

    /// <summary>First word of the comment of a NAT's rule: <c>nat NAME PREFIX</c>.</summary>
    public const string NatWord = "nat";

    /// <summary>First word of the comment of a mapping's first rule: <c>map ID PROTOCOL ADDRESS PORT NAT</c>.</summary>
    public const string MappingWord = "map";

    /// <summary>First word of the comment of a mapping's second rule: <c>to ID ADDRESS PORT</c>.</summary>
    public const string TargetWord = "to";

    /// <summary>First word of the comments of a mapping's other rules: <c>for ID …</c>.</summary>
    public const string HelperWord = "for";

    /// <summary>First word of the comment that keeps what a switch was: <c>was PATH VALUE</c>.</summary>
    public const string SettingWord = "was";

    private const string Prerouting = "prerouting";
    private const string Output = "output";
    private const string Postrouting = "postrouting";
    private const string Guard = "guard";
    private const string Settings = "settings";

    // Priorities of nft(8): raw, dstnat, srcnat.
    private const int Raw = -300;
    private const int DestinationNat = -100;
    private const int SourceNat = 100;

    /// <summary>Makes the table and its chains; nothing happens to those that are there.</summary>
    public static IEnumerable<JsonObject> Skeleton()
    {
        yield return Command("add", "table", new JsonObject { ["family"] = Family, ["name"] = Table });
        yield return Chain(Prerouting, "nat", "prerouting", DestinationNat);
        yield return Chain(Output, "nat", "output", DestinationNat);
        yield return Chain(Postrouting, "nat", "postrouting", SourceNat);
        yield return Chain(Guard, "filter", "prerouting", Raw);
        // On no hook: it only keeps notes.
        yield return Command("add", "chain", new JsonObject { ["family"] = Family, ["table"] = Table, ["name"] = Settings });
    }

    /// <summary>Masquerades a network.</summary>
    public static JsonObject Masquerade(string name, IPNetwork prefix) => Rule(
        Postrouting,
        $"{NatWord} {name} {prefix}",
        Field(prefix.BaseAddress, "saddr", "==", Prefix(prefix)),
        Field(prefix.BaseAddress, "daddr", "!=", Prefix(prefix)),
        Counter(),
        Statement("masquerade"));

    /// <summary>Publishes a port.</summary>
    /// <param name="mapping">What to publish.</param>
    /// <param name="prefix">The network of its NAT.</param>
    /// <param name="link">The link that leads to the machine.</param>
    public static IEnumerable<JsonObject> Publish(NetNatStaticMapping mapping, IPNetwork prefix, string link)
    {
        IPAddress inside = mapping.InternalIPAddress;
        bool isIPv6 = inside.AddressFamily == AddressFamily.InterNetworkV6;
        string id = Number(mapping.StaticMappingID);
        string protocol = mapping.Protocol.ToString().ToLowerInvariant();
        string external = $"{protocol} {mapping.ExternalIPAddress} {Number(mapping.ExternalPort)}";

        // From other machines, and from here: the latter never pass prerouting.
        yield return Rule(Prerouting, $"{MappingWord} {id} {external} {mapping.NatName}", [.. Published(mapping, protocol), Counter(), Destination(mapping)]);
        yield return Rule(
            Output,
            $"{TargetWord} {id} {inside} {Number(mapping.InternalPort)}",
            [.. isIPv6 ? [Field(inside, "daddr", "!=", "::1")] : Array.Empty<JsonObject>(), .. Published(mapping, protocol), Counter(), Destination(mapping)]);

        // Hairpin: a machine behind that asks for the published port would get the answer from a neighbour that it
        // never asked; so the answer has to come back here.
        JsonObject[] translated = [Match(Key("ct", "status"), "in", "dnat"), Field(inside, "daddr", "==", inside.ToString()), Port(protocol, mapping.InternalPort)];
        yield return Rule(Postrouting, $"{HelperWord} {id} hairpin", [Field(inside, "saddr", "==", Prefix(prefix)), .. translated, Statement("masquerade")]);
        if (isIPv6)
            yield break;

        // From 127.0.0.1, which means another machine over there. IPv6 has no such way: ::1 never leaves (RFC 4291, 2.5.3).
        IPNetwork loopback = new(new IPAddress([127, 0, 0, 0]), 8);
        yield return Rule(
            Postrouting, $"{HelperWord} {id} loopback",
            [Field(inside, "saddr", "==", Prefix(loopback)), .. Copies(translated), Statement("masquerade")]);
        // route_localnet would let machines on the link talk to what listens on 127.0.0.1 only (CVE-2020-8558).
        yield return Rule(
            Guard, $"{HelperWord} {id} guard {link}",
            Match(Key("meta", "iifname"), "==", link), Field(inside, "daddr", "==", Prefix(loopback)), Statement("drop"));
    }

    /// <summary>Keeps what a switch was before.</summary>
    public static JsonObject Note(string setting, string value) => Rule(Settings, $"{SettingWord} {setting} {value}", Statement("return"));

    /// <summary>Removes a rule.</summary>
    public static JsonObject Delete(NatRule rule) => Command(
        "delete", "rule", new JsonObject { ["family"] = Family, ["table"] = Table, ["chain"] = rule.Chain, ["handle"] = rule.Handle });

    /// <summary>Removes the table with all that is in it.</summary>
    public static JsonObject DeleteTable() => Command("delete", "table", new JsonObject { ["family"] = Family, ["name"] = Table });

    /// <summary>Asks for the tables of the family.</summary>
    public static JsonObject ListTables() => Command("list", "tables", new JsonObject { ["family"] = Family });

    /// <summary>Asks for the table with all that is in it.</summary>
    public static JsonObject ListTable() => Command("list", "table", new JsonObject { ["family"] = Family, ["name"] = Table });

    private static JsonObject[] Published(NetNatStaticMapping mapping, string protocol) =>
    [
        Match(Key("meta", "nfproto"), "==", mapping.InternalIPAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "ipv6" : "ipv4"),
        // "Any" is any of this machine's: what only passes through is not ours to turn aside.
        mapping.ExternalIPAddress.Equals(IPAddress.Any) || mapping.ExternalIPAddress.Equals(IPAddress.IPv6Any)
            ? Match(new JsonObject { ["fib"] = new JsonObject { ["result"] = "type", ["flags"] = new JsonArray("daddr") } }, "==", "local")
            : Field(mapping.ExternalIPAddress, "daddr", "==", mapping.ExternalIPAddress.ToString()),
        Port(protocol, mapping.ExternalPort),
    ];

    private static JsonObject Destination(NetNatStaticMapping mapping) => new()
    {
        ["dnat"] = new JsonObject
        {
            ["family"] = Protocol(mapping.InternalIPAddress),
            ["addr"] = mapping.InternalIPAddress.ToString(),
            ["port"] = mapping.InternalPort,
        },
    };

    private static JsonObject Chain(string name, string type, string hook, int priority) => Command("add", "chain", new JsonObject
    {
        ["family"] = Family,
        ["table"] = Table,
        ["name"] = name,
        ["type"] = type,
        ["hook"] = hook,
        ["prio"] = priority,
        ["policy"] = "accept",
    });

    private static JsonObject Rule(string chain, string comment, params JsonObject[] expressions) => Command("add", "rule", new JsonObject
    {
        ["family"] = Family,
        ["table"] = Table,
        ["chain"] = chain,
        ["comment"] = comment,
        ["expr"] = new JsonArray([.. expressions]),
    });

    private static JsonObject Command(string verb, string kind, JsonObject what) => new() { [verb] = new JsonObject { [kind] = what } };

    private static JsonObject Match(JsonNode left, string comparison, JsonNode right) => new()
    {
        ["match"] = new JsonObject { ["op"] = comparison, ["left"] = left, ["right"] = right },
    };

    private static JsonObject Field(IPAddress family, string field, string comparison, JsonNode right) =>
        Match(Payload(Protocol(family), field), comparison, right);

    private static JsonObject Port(string protocol, int port) => Match(Payload(protocol, "dport"), "==", port);

    private static JsonObject Payload(string protocol, string field) => new()
    {
        ["payload"] = new JsonObject { ["protocol"] = protocol, ["field"] = field },
    };

    private static JsonObject Key(string what, string key) => new() { [what] = new JsonObject { ["key"] = key } };

    private static JsonObject Prefix(IPNetwork prefix) => new()
    {
        ["prefix"] = new JsonObject { ["addr"] = prefix.BaseAddress.ToString(), ["len"] = prefix.PrefixLength },
    };

    private static JsonObject Counter() => new() { ["counter"] = new JsonObject { ["packets"] = 0, ["bytes"] = 0 } };

    private static JsonObject Statement(string name) => new() { [name] = null };

    // A node has one parent.
    private static IEnumerable<JsonObject> Copies(JsonObject[] nodes) => nodes.Select(node => (JsonObject)node.DeepClone());

    private static string Protocol(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? "ip6" : "ip";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
