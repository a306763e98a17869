namespace NsTools;

/// <summary>Spanning tree state of a bridge's port (<c>include/uapi/linux/if_bridge.h</c>, <c>BR_STATE_*</c>).</summary>
public enum NetBridgePortState
{
    /// <summary>Out of use: the link is down.</summary>
    Disabled = 0,

    /// <summary>Takes part in spanning tree only.</summary>
    Listening = 1,

    /// <summary>Learns addresses, forwards nothing.</summary>
    Learning = 2,

    /// <summary>Forwards.</summary>
    Forwarding = 3,

    /// <summary>Kept out of use, to break a loop.</summary>
    Blocking = 4,
}
