using System.Net;
using System.Text.Json.Nodes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.Networking.Nat;

/// <summary>
/// Masquerading and published ports of a network namespace. All rules are in one table, <c>inet nstools</c>; no other
/// one is ever changed. Switches of the kernel that this needs are put back when nothing needs them any more.
/// </summary>
/// <param name="reference">The network namespace; null for the caller's own.</param>
/// <param name="cancellationToken">Ends the wait for another process that is changing the rules.</param>
public sealed class NatService(NamespaceReference? reference, CancellationToken cancellationToken)
{
    private string? Place => reference?.Text;

    private string Description => reference is null ? "this network namespace" : $"the network namespace of {reference.DisplayName}";

    /// <summary>The NATs, by name.</summary>
    /// <exception cref="NsToolsException">The namespace or its rules cannot be read.</exception>
    public IReadOnlyList<NetNat> List() => Inside(table => table.Nats(Place));

    /// <summary>The published ports, by number.</summary>
    /// <exception cref="NsToolsException">The namespace or its rules cannot be read.</exception>
    public IReadOnlyList<NetNatStaticMapping> ListMappings() => Inside(table => table.Mappings(Place));

    /// <summary>Masquerades a network, and switches IP forwarding on.</summary>
    /// <param name="name">A name, see <see cref="NatName"/>.</param>
    /// <param name="prefix">The network.</param>
    /// <exception cref="NsToolsException">
    /// The name is taken (<c>NatExists</c>), the network overlaps another one (<c>NatPrefixOverlaps</c>), or it is refused.
    /// </exception>
    public NetNat Add(string name, IPNetwork prefix) => Change(table =>
    {
        NatName.Check(name);
        if (prefix.PrefixLength == 0)
            throw new NsToolsException(FailureKind.InvalidArgument, "InvalidPrefix", "Everything is no network behind this machine.", "Give its network, such as 192.168.0.0/24 or fd00:1::/64.");
        foreach (NetNat other in table.Nats(Place))
        {
            if (other.Name == name)
                throw new NsToolsException(FailureKind.AlreadyExists, "NatExists", $"There is a NAT '{name}' already in {Description}, for {other.InternalIPInterfaceAddressPrefix}.", "Choose another name, or remove that one with Remove-NetNat.");
            IPNetwork taken = other.InternalIPInterfaceAddressPrefix;
            if (taken.Contains(prefix.BaseAddress) || prefix.Contains(taken.BaseAddress))
                throw new NsToolsException(FailureKind.AlreadyExists, "NatPrefixOverlaps", $"{prefix} overlaps {taken} of the NAT '{other.Name}'.", "Give a network that no NAT has yet.");
        }
        string forwarding = KernelSetting.Forwarding(prefix.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6);
        SwitchOn(table, forwarding, [.. NatRules.Skeleton(), NatRules.Masquerade(name, prefix)]);
        return table.Nats(Place).Single(nat => nat.Name == name);
    });

    /// <summary>Removes a NAT with the ports published through it, and puts back what it switched on and nobody needs any more.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="NsToolsException">There is none (<c>NatNotFound</c>).</exception>
    public void Remove(string name) => Change(table =>
    {
        RemoveNats(table, new HashSet<string> { Find(table, name).Name });
        return name;
    });

    /// <summary>Removes NATs as <see cref="Remove(string)"/> does; none is fine, too.</summary>
    /// <param name="names">Their names.</param>
    public void Remove(IReadOnlySet<string> names) => Change(table =>
    {
        RemoveNats(table, names);
        return names.Count;
    });

    /// <summary>Publishes a port.</summary>
    /// <param name="natName">The NAT that the machine is behind.</param>
    /// <param name="protocol">Protocol.</param>
    /// <param name="external">Where it is published; any address for all of this machine's.</param>
    /// <param name="inside">Where it leads.</param>
    /// <exception cref="NsToolsException">
    /// There is no such NAT (<c>NatNotFound</c>), the machine is not in its network (<c>AddressOutsidePrefix</c>), nothing
    /// leads there (<c>NoRouteToAddress</c>), or the port is published already (<c>PortAlreadyPublished</c>).
    /// </exception>
    public NetNatStaticMapping AddMapping(string natName, NetNatProtocol protocol, IPEndPoint external, IPEndPoint inside) =>
        AddMappings(natName, [(protocol, external, inside)])[0];

    /// <summary>Publishes ports, all or none.</summary>
    /// <param name="natName">The NAT that the machine is behind.</param>
    /// <param name="ports">Protocol, where it is published, and where it leads, of each; one machine's, of one address family.</param>
    /// <inheritdoc cref="AddMapping" path="/exception"/>
    public IReadOnlyList<NetNatStaticMapping> AddMappings(string natName, IReadOnlyList<(NetNatProtocol Protocol, IPEndPoint External, IPEndPoint Inside)> ports) => Change(table =>
    {
        NetNat nat = Find(table, natName);
        IPNetwork prefix = nat.InternalIPInterfaceAddressPrefix;
        IPAddress machine = ports[0].Inside.Address;
        if (!prefix.Contains(machine))
            throw new NsToolsException(FailureKind.InvalidArgument, "AddressOutsidePrefix", $"{machine} is not in {prefix}, the network of the NAT '{natName}'.", "Give an address of a machine behind that NAT.");
        List<NetNatStaticMapping> present = [.. table.Mappings(Place)], added = [];
        string link = FindLink(table.Namespace, machine);
        List<JsonObject> commands = [];
        foreach ((NetNatProtocol protocol, IPEndPoint external, IPEndPoint inside) in ports)
        {
            NetNatStaticMapping mapping = Describe(nat, protocol, external, inside, present);
            present.Add(mapping);
            added.Add(mapping);
            commands.AddRange(NatRules.Publish(mapping, prefix, link));
        }
        bool isIPv6 = machine.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        SwitchOn(table, isIPv6 ? KernelSetting.Forwarding(isIPv6) : KernelSetting.RouteLocalNet(link), commands);
        return added;
    });

    /// <summary>Ends the publishing of a port.</summary>
    /// <param name="id">The mapping's number.</param>
    /// <exception cref="NsToolsException">There is none (<c>StaticMappingNotFound</c>).</exception>
    public void RemoveMapping(int id) => Change(table =>
    {
        NatRule[] rules = [.. table.RulesOf(id)];
        if (rules.Length == 0)
            throw new NsToolsException(FailureKind.NotFound, "StaticMappingNotFound", $"There is no static mapping {id} in {Description}.", "Get-NetNatStaticMapping shows those that there are.");
        RemoveRules(table, rules);
        return id;
    });

    /// <summary>Ends the publishing of ports; none is fine, too.</summary>
    /// <param name="choose">Which.</param>
    public void RemoveMappings(Func<NetNatStaticMapping, bool> choose) => Change(table =>
    {
        NatRule[] rules = [.. table.Mappings(Place).Where(choose).SelectMany(mapping => table.RulesOf(mapping.StaticMappingID))];
        if (rules.Length > 0)
            RemoveRules(table, rules);
        return rules.Length;
    });

    /// <summary>The error for a NAT that is not there.</summary>
    /// <param name="name">The name.</param>
    public NsToolsException NotFound(string name) => new(
        FailureKind.NotFound, "NatNotFound", $"There is no NAT '{name}' in {Description}.", "Get-NetNat shows those that there are.");

    private NetNat Find(NatTable table, string name) => table.Nats(Place).FirstOrDefault(nat => nat.Name == name) ?? throw NotFound(name);

    /// <summary>Which link leads to an address: <c>ip route get ADDRESS</c>.</summary>
    private static string FindLink(NetworkNamespace here, IPAddress address)
    {
        try
        {
            return new RouteService(here).Find(address).InterfaceName ?? throw NoRoute(address, null);
        }
        catch (SyscallException none) when (none.Name is "ENETUNREACH" or "EHOSTUNREACH" or "ENODEV" or "ENODATA")
        {
            throw NoRoute(address, none);
        }
    }

    private static NsToolsException NoRoute(IPAddress address, SyscallException? cause) => new(
        FailureKind.NotFound,
        "NoRouteToAddress",
        $"Nothing leads to {address} from there{(cause is null ? "." : $": {cause.Message}")}",
        "First give this side of the network an address (New-NetIPAddress on the bridge), set it up, then publish.",
        cause);

    private NetNatStaticMapping Describe(NetNat nat, NetNatProtocol protocol, IPEndPoint external, IPEndPoint inside, List<NetNatStaticMapping> present)
    {
        if (external.AddressFamily != inside.AddressFamily)
            throw new NsToolsException(FailureKind.InvalidArgument, "AddressFamilyMismatch", $"{external.Address} and {inside.Address} are not of one address family.", "Publish an IPv6 machine on an IPv6 address (:: for any), an IPv4 one on an IPv4 address.");
        if (present.FirstOrDefault(other => Collides(other, protocol, external)) is { } taken)
            throw new NsToolsException(FailureKind.AlreadyExists, "PortAlreadyPublished", $"{protocol} port {external.Port} is published already: mapping {taken.StaticMappingID}, {taken}.", "Choose another port or address, or remove that mapping with Remove-NetNatStaticMapping.");
        return new NetNatStaticMapping
        {
            StaticMappingID = Enumerable.Range(1, present.Count + 1).Except(present.Select(other => other.StaticMappingID)).First(),
            NatName = nat.Name,
            Protocol = protocol,
            ExternalIPAddress = external.Address,
            ExternalPort = external.Port,
            InternalIPAddress = inside.Address,
            InternalPort = inside.Port,
            Namespace = Place,
        };
    }

    /// <summary>Whether two would be published on the same port of the same address.</summary>
    internal static bool Collides(NetNatStaticMapping other, NetNatProtocol protocol, IPEndPoint external) =>
        other.Protocol == protocol && other.ExternalPort == external.Port
        && other.ExternalIPAddress.AddressFamily == external.AddressFamily
        && (other.ExternalIPAddress.Equals(external.Address) || IsAny(other.ExternalIPAddress) || IsAny(external.Address));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>Does the commands and sees that a switch is on; its value before is noted in the same transaction.</summary>
    private static void SwitchOn(NatTable table, string setting, List<JsonObject> commands)
    {
        string? before = table.Switches.Read(setting);
        bool changes = before is not null && before != KernelSetting.On;
        if (changes && !table.Settings.ContainsKey(setting))
            commands.Add(NatRules.Note(setting, before!));
        HashSet<long> present = [.. table.Rules.Select(rule => rule.Handle)];
        table.Change(commands);
        if (!changes)
            return;
        try
        {
            table.Switches.Write(setting, KernelSetting.On);
        }
        catch (NsToolsException)
        {
            NatRule[] added = [.. table.Rules.Where(rule => !present.Contains(rule.Handle))];
            table.Remove(added);
            throw;
        }
    }

    private void RemoveNats(NatTable table, IReadOnlySet<string> names)
    {
        NatRule[] rules =
        [
            .. table.RulesOf(NatRules.NatWord).Where(rule => names.Contains(rule.Words[1])),
            .. table.Mappings(Place).Where(mapping => names.Contains(mapping.NatName)).SelectMany(mapping => table.RulesOf(mapping.StaticMappingID)),
        ];
        if (rules.Length > 0)
            RemoveRules(table, rules);
    }

    private static void RemoveRules(NatTable table, NatRule[] rules)
    {
        HashSet<long> gone = [.. rules.Select(rule => rule.Handle)];
        NatRule[] left = [.. table.Rules.Where(rule => !gone.Contains(rule.Handle))];
        NatRule[] unneeded = [.. left.Where(rule => rule.Words[0] == NatRules.SettingWord && !IsNeeded(rule.Words[1], left))];
        table.Remove([.. rules, .. unneeded]);
        foreach (NatRule note in unneeded)
        {
            // Somebody who has set it otherwise meanwhile knows better; a link that has gone has no switch.
            if (table.Switches.Read(note.Words[1]) == KernelSetting.On)
                table.Switches.Write(note.Words[1], note.Words[2]);
        }
    }

    private static bool IsNeeded(string setting, NatRule[] rules) => rules.Any(rule => rule.Words switch
    {
        [NatRules.NatWord, _, string prefix] => setting == KernelSetting.Forwarding(prefix.Contains(':')),
        [NatRules.HelperWord, _, "guard", string link] => setting == KernelSetting.RouteLocalNet(link),
        _ => false,
    });

    private T Inside<T>(Func<NatTable, T> work)
    {
        using NetworkNamespace here = NetworkNamespace.Open(reference);
        return work(NatTable.Open(here));
    }

    // One at a time: numbers are given, and notes taken, from what was read before. The lock is the namespace's own, which
    // all who have it share, whatever their run directories are.
    private T Change<T>(Func<NatTable, T> work)
    {
        using NetworkNamespace here = NetworkNamespace.Open(reference);
        DirectoryLock.Take(here.Descriptor, here.Description, cancellationToken);
        return work(NatTable.Open(here));
    }
}
