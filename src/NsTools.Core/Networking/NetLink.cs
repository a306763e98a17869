using System.Collections.ObjectModel;
using System.Net.NetworkInformation;

namespace NsTools;

/// <summary>A network link (an interface), as it was when it was looked at.</summary>
public sealed record NetLink
{
    /// <summary>Its name, unique in its network namespace.</summary>
    public required string Name { get; init; }

    /// <summary>Its index, unique in its network namespace.</summary>
    public required int Index { get; init; }

    /// <summary>The kernel's name for its kind: <c>bridge</c>, <c>veth</c>, …; null for hardware and the loopback.</summary>
    public string? Kind { get; init; }

    /// <summary>What addresses look like on it: <c>ether</c>, <c>loopback</c>, <c>none</c>, … (<c>ARPHRD_*</c>).</summary>
    public string LinkType { get; init; } = "";

    /// <summary>Operational state.</summary>
    public NetLinkState State { get; init; }

    /// <summary>Flags.</summary>
    public NetLinkFlags Flags { get; init; }

    /// <summary>True when it is switched on (which says nothing about the other end).</summary>
    public bool IsUp => Flags.HasFlag(NetLinkFlags.Up);

    /// <summary>True when the layer beneath is connected.</summary>
    public bool HasCarrier => Flags.HasFlag(NetLinkFlags.LowerUp);

    /// <summary>Largest packet, in bytes.</summary>
    public long Mtu { get; init; }

    /// <summary>Smallest MTU that it may get, in bytes.</summary>
    public long MinimumMtu { get; init; }

    /// <summary>Largest MTU that it may get, in bytes; 0 for no limit.</summary>
    public long MaximumMtu { get; init; }

    /// <summary>Hardware address; null for a link that has none.</summary>
    public PhysicalAddress? HardwareAddress { get; init; }

    /// <summary>Hardware broadcast address; null for a link that has none.</summary>
    public PhysicalAddress? BroadcastAddress { get; init; }

    /// <summary>The address that the hardware was made with; null where the kernel does not know one.</summary>
    public PhysicalAddress? PermanentAddress { get; init; }

    /// <summary>Index of the bridge or other master that it is a port of; 0 for none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>Name of the master; null for none.</summary>
    public string? Master { get; init; }

    /// <summary>For one end of a pair, index of the other end; 0 for none.</summary>
    public int PeerIndex { get; init; }

    /// <summary>
    /// This namespace's number for the one in which the other end is (<c>ip netns list-id</c>); null when that is this one,
    /// or when the kernel does not tell.
    /// </summary>
    public int? PeerNamespaceId { get; init; }

    /// <summary>For a link on top of another one (VLAN, macvlan, VXLAN), index of that one; 0 for none.</summary>
    public int ParentIndex { get; init; }

    /// <summary>Name of the link that it is on top of, or of the pair's other end; null for none, or when it is in another namespace.</summary>
    public string? Parent { get; init; }

    /// <summary>This namespace's number for the one in which the parent is; null when that is this one.</summary>
    public int? ParentNamespaceId { get; init; }

    /// <summary>Further names.</summary>
    public ReadOnlyCollection<string> AlternativeNames { get; init; } = [];

    /// <summary>Description that somebody gave it; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>Number of the group that it is in; 0 is the default group.</summary>
    public long Group { get; init; }

    /// <summary>Name of its queue discipline.</summary>
    public string? QueueDiscipline { get; init; }

    /// <summary>Transmit queue length, in packets.</summary>
    public long TransmitQueueLength { get; init; }

    /// <summary>Number of transmit queues.</summary>
    public int TransmitQueues { get; init; }

    /// <summary>Number of receive queues.</summary>
    public int ReceiveQueues { get; init; }

    /// <summary>How many users want all packets.</summary>
    public int Promiscuity { get; init; }

    /// <summary>How many users want all multicast packets.</summary>
    public int AllMulticast { get; init; }

    /// <summary>Largest packet that segmentation offload in software takes, in bytes.</summary>
    public long GsoMaximumSize { get; init; }

    /// <summary>How many segments one such packet may become.</summary>
    public long GsoMaximumSegments { get; init; }

    /// <summary>Largest packet that segmentation offload in the device takes, in bytes.</summary>
    public long TsoMaximumSize { get; init; }

    /// <summary>How many segments one such packet may become.</summary>
    public long TsoMaximumSegments { get; init; }

    /// <summary>Largest packet that receive offload puts together, in bytes.</summary>
    public long GroMaximumSize { get; init; }

    /// <summary>How IPv6 link-local addresses are made; null where there is no IPv6.</summary>
    public NetAddressGeneration? AddressGeneration { get; init; }

    /// <summary>The kind's own settings by name (for a bridge <c>VlanFiltering</c>, <c>AgeingTime</c>, …); empty for none.</summary>
    public IReadOnlyDictionary<string, object> Options { get; init; } = EmptyOptions;

    /// <summary>The master's kind; null when it has no master.</summary>
    public string? PortKind { get; init; }

    /// <summary>What the master keeps for this port, by name; empty for none.</summary>
    public IReadOnlyDictionary<string, object> PortOptions { get; init; } = EmptyOptions;

    /// <summary>Counters.</summary>
    public NetLinkStatistics Statistics { get; init; } = new();

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    private static IReadOnlyDictionary<string, object> EmptyOptions { get; } = new Dictionary<string, object>().AsReadOnly();

    /// <inheritdoc/>
    public override string ToString() => Name;
}
