namespace NsTools;

/// <summary>A link as the port of a bridge.</summary>
public sealed record NetBridgePort
{
    /// <summary>Name of the link.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>Index of the link.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>Name of the bridge.</summary>
    public string? Bridge { get; init; }

    /// <summary>Index of the bridge.</summary>
    public int BridgeIndex { get; init; }

    /// <summary>Spanning tree state.</summary>
    public NetBridgePortState State { get; init; }

    /// <summary>Spanning tree priority, 0 to 63.</summary>
    public int Priority { get; init; }

    /// <summary>Spanning tree cost, 1 to 65535.</summary>
    public long Cost { get; init; }

    /// <summary>True when a packet may leave by the port that it came in by.</summary>
    public bool Hairpin { get; init; }

    /// <summary>True when the port is shut at a spanning tree packet.</summary>
    public bool Guard { get; init; }

    /// <summary>True when the port may not become the root port.</summary>
    public bool RootBlock { get; init; }

    /// <summary>True when a multicast leave takes effect at once.</summary>
    public bool FastLeave { get; init; }

    /// <summary>True when source addresses are learnt.</summary>
    public bool Learning { get; init; }

    /// <summary>True when packets to unknown addresses go out here.</summary>
    public bool Flood { get; init; }

    /// <summary>True when multicast packets go out here where nobody is known to want them.</summary>
    public bool MulticastFlood { get; init; }

    /// <summary>True when broadcasts go out here.</summary>
    public bool BroadcastFlood { get; init; }

    /// <summary>Whether a multicast router is behind it: 0 never, 1 find out, 2 always, 3 for a time.</summary>
    public int MulticastRouter { get; init; }

    /// <summary>True when multicast is sent to each member as unicast.</summary>
    public bool MulticastToUnicast { get; init; }

    /// <summary>True when the bridge answers ARP and neighbour solicitations itself.</summary>
    public bool NeighborSuppression { get; init; }

    /// <summary>True when VLANs are mapped to tunnels.</summary>
    public bool VlanTunnel { get; init; }

    /// <summary>True when it may speak to ports that are not isolated only.</summary>
    public bool Isolated { get; init; }

    /// <summary>True when only known source addresses may come in.</summary>
    public bool Locked { get; init; }

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => InterfaceName;
}
