namespace NsTools;

/// <summary>What a route does with a packet (<c>rtnetlink(7)</c>, <c>RTN_*</c>).</summary>
public enum NetRouteType
{
    /// <summary>Not said.</summary>
    Unspecified = 0,

    /// <summary>Forwards it, or sends it directly.</summary>
    Unicast = 1,

    /// <summary>Delivers it here.</summary>
    Local = 2,

    /// <summary>Delivers it here, sends it as a broadcast.</summary>
    Broadcast = 3,

    /// <summary>Delivers it here, sends it as unicast.</summary>
    Anycast = 4,

    /// <summary>A multicast destination.</summary>
    Multicast = 5,

    /// <summary>Drops it without a word.</summary>
    Blackhole = 6,

    /// <summary>Drops it and says that the host is unreachable.</summary>
    Unreachable = 7,

    /// <summary>Drops it and says that this is prohibited.</summary>
    Prohibit = 8,

    /// <summary>Goes on as if this table had no route.</summary>
    Throw = 9,

    /// <summary>Translates it (no longer in the kernel).</summary>
    Nat = 10,

    /// <summary>Asks a resolver outside (never in the kernel).</summary>
    ExternalResolve = 11,
}
