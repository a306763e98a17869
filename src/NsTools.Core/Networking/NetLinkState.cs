namespace NsTools;

/// <summary>Operational state of a link (RFC 2863, <c>Documentation/networking/operstates.rst</c>).</summary>
public enum NetLinkState
{
    /// <summary>The driver does not tell: as good as up for many virtual links.</summary>
    Unknown = 0,

    /// <summary>Some part is missing.</summary>
    NotPresent = 1,

    /// <summary>Cannot carry packets.</summary>
    Down = 2,

    /// <summary>What it stands on is down: a cable's other end, a parent.</summary>
    LowerLayerDown = 3,

    /// <summary>In a test.</summary>
    Testing = 4,

    /// <summary>Waits for an event.</summary>
    Dormant = 5,

    /// <summary>Carries packets.</summary>
    Up = 6,
}
