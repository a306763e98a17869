namespace NsTools;

/// <summary>How a probe of the network ended.</summary>
public enum NetProbeStatus
{
    /// <summary>The other end answered.</summary>
    Success,

    /// <summary>Nothing came back in time.</summary>
    TimedOut,

    /// <summary>A router dropped it because its hops were used up: in a trace this is what a router on the way is found by.</summary>
    TimeExceeded,

    /// <summary>Nothing leads there, or a router or the other end says that it may not.</summary>
    Unreachable,

    /// <summary>The other end says that nobody listens there.</summary>
    Refused,
}
