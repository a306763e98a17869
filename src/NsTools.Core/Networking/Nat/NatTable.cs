using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using NsTools.Interop.Nftables;
using NsTools.Interop.Syscalls;

namespace NsTools.Networking.Nat;

/// <summary>The table <c>inet nstools</c> of one network namespace: what is in it, and changes to it.</summary>
internal sealed class NatTable
{
    private NatTable(NetworkNamespace networkNamespace) => (Namespace, Switches) = (networkNamespace, new KernelSetting(networkNamespace.Place));

    /// <summary>The namespace.</summary>
    public NetworkNamespace Namespace { get; }

    /// <summary>The kernel's switches there.</summary>
    public KernelSetting Switches { get; }

    /// <summary>The rules of ours.</summary>
    public IReadOnlyList<NatRule> Rules { get; private set; } = [];

    /// <summary>What was changed in the kernel's switches: path and the value before.</summary>
    public IReadOnlyDictionary<string, string> Settings => RulesOf(NatRules.SettingWord).ToDictionary(rule => rule.Words[1], rule => rule.Words[2]);

    /// <summary>Reads the table, if it is there.</summary>
    /// <param name="networkNamespace">The namespace, which must stay open.</param>
    /// <exception cref="NsToolsException">
    /// The caller may not (<c>NatAccessDenied</c>), or kernel or library are missing (<c>NftablesMissing</c>).
    /// </exception>
    public static NatTable Open(NetworkNamespace networkNamespace)
    {
        CheckKernel(networkNamespace.Place);
        NatTable table = new(networkNamespace);
        table.Read();
        return table;
    }

    /// <summary>Does commands that leave a table, all or none, and reads it again.</summary>
    /// <param name="commands">The commands.</param>
    /// <exception cref="NsToolsException">libnftables or the kernel refused them (<c>NftablesRefused</c>).</exception>
    public void Change(IEnumerable<JsonObject> commands) => Rules = RulesIn(Run([.. commands], [NatRules.ListTable()])[1]);

    /// <summary>Removes rules, and the table with the last of them.</summary>
    /// <param name="rules">The rules.</param>
    /// <exception cref="NsToolsException">libnftables or the kernel refused it (<c>NftablesRefused</c>).</exception>
    public void Remove(IReadOnlyCollection<NatRule> rules)
    {
        if (rules.Count < Rules.Count)
        {
            Change(rules.Select(NatRules.Delete));
            return;
        }
        Run([NatRules.DeleteTable()]);
        Rules = [];
    }

    /// <summary>The rules whose comment begins with a word.</summary>
    public IEnumerable<NatRule> RulesOf(string word) => Rules.Where(rule => rule.Words[0] == word);

    /// <summary>All rules of a mapping.</summary>
    public IEnumerable<NatRule> RulesOf(int mapping)
    {
        string id = mapping.ToString(CultureInfo.InvariantCulture);
        return Rules.Where(rule => rule.Words[0] is NatRules.MappingWord or NatRules.TargetWord or NatRules.HelperWord && rule.Words[1] == id);
    }

    /// <summary>The NATs, by name.</summary>
    /// <param name="place">What their <see cref="NetNat.Namespace"/> says.</param>
    public IReadOnlyList<NetNat> Nats(string? place) =>
    [
        .. RulesOf(NatRules.NatWord).Select(rule => new NetNat
        {
            Name = rule.Words[1],
            InternalIPInterfaceAddressPrefix = IPNetwork.Parse(rule.Words[2]),
            Connections = rule.Packets,
            Namespace = place,
        }).OrderBy(nat => nat.Name, StringComparer.Ordinal),
    ];

    /// <summary>The published ports, by number.</summary>
    /// <param name="place">What their <see cref="NetNatStaticMapping.Namespace"/> says.</param>
    public IReadOnlyList<NetNatStaticMapping> Mappings(string? place)
    {
        Dictionary<string, NatRule> targets = RulesOf(NatRules.TargetWord).ToDictionary(rule => rule.Words[1]);
        return
        [
            .. RulesOf(NatRules.MappingWord).Where(rule => targets.ContainsKey(rule.Words[1])).Select(rule => new NetNatStaticMapping
            {
                StaticMappingID = Number(rule.Words[1]),
                Protocol = Enum.Parse<NetNatProtocol>(rule.Words[2], ignoreCase: true),
                ExternalIPAddress = IPAddress.Parse(rule.Words[3]),
                ExternalPort = Number(rule.Words[4]),
                NatName = rule.Words[5],
                InternalIPAddress = IPAddress.Parse(targets[rule.Words[1]].Words[2]),
                InternalPort = Number(targets[rule.Words[1]].Words[3]),
                Connections = rule.Packets + targets[rule.Words[1]].Packets,
                Namespace = place,
            }).OrderBy(mapping => mapping.StaticMappingID),
        ];
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    // libnftables tells of it in a sentence only.
    private static void CheckKernel(NetworkPlace place)
    {
        int errno = NftablesTrial.AskGeneration(place);
        if (errno == 0)
            return;
        string why = $"{Errno.Describe(errno)} ({Errno.Name(errno)})";
        throw Errno.Name(errno) is "EPERM" or "EACCES"
            ? new NsToolsException(
                FailureKind.PermissionDenied,
                "NatAccessDenied",
                $"The rules of this network namespace may not be read or changed: {why}.",
                "That takes CAP_NET_ADMIN in the user namespace that owns the network namespace: run as root, or in a user and network namespace of your own (unshare --user --map-root-user --net).")
            : new NsToolsException(
                FailureKind.NotSupported,
                "NftablesMissing",
                $"The kernel does not answer to nftables: {why}.",
                "It needs CONFIG_NF_TABLES, CONFIG_NF_TABLES_INET and CONFIG_NFT_NAT: load the module nf_tables.");
    }

    private void Read()
    {
        // Listing a table that is not there is an error that only its words tell from others.
        bool exists = Objects(Run([NatRules.ListTables()])[0], "table").Any(table => (string?)table["name"] == NatRules.Table && (string?)table["family"] == NatRules.Family);
        Rules = exists ? RulesIn(Run([NatRules.ListTable()])[0]) : [];
    }

    private string[] Run(params JsonObject[][] transactions)
    {
        try
        {
            return Namespace.Place.RunNftables(string.Join('\n', transactions.Select(commands => new JsonObject { ["nftables"] = new JsonArray([.. commands]) }.ToJsonString()))).Split('\n');
        }
        catch (DllNotFoundException missing)
        {
            throw new NsToolsException(
                FailureKind.NotSupported,
                "NftablesMissing",
                "The library libnftables.so.1 is not installed.",
                "Install it (Debian: libnftables1; Fedora, Alpine, SUSE: nftables or libnftables).",
                missing);
        }
        catch (NftablesException refused)
        {
            throw new NsToolsException(
                FailureKind.NotSupported,
                "NftablesRefused",
                $"nftables refused it, and did nothing: {refused.Message}",
                "The kernel needs CONFIG_NF_TABLES_INET, CONFIG_NFT_NAT, CONFIG_NFT_MASQ and CONFIG_NFT_FIB_INET (modules nft_chain_nat, nft_nat, nft_masq, nft_fib_inet).",
                refused);
        }
    }

    private static IReadOnlyList<NatRule> RulesIn(string json) => [.. Objects(json, "rule").Select(NatRule.Parse).OfType<NatRule>()];

    private static IEnumerable<JsonObject> Objects(string json, string kind) => json.Length == 0
        ? []
        : (JsonNode.Parse(json)?["nftables"] as JsonArray ?? []).Select(entry => entry?[kind]).OfType<JsonObject>();
}
