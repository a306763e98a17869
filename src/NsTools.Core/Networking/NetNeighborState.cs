namespace NsTools;

/// <summary>State of a neighbour (<c>NUD_*</c>); <c>NoArp</c> and <c>Permanent</c> never change by themselves.</summary>
public enum NetNeighborState
{
    /// <summary>Nothing known yet.</summary>
    None = 0,

    /// <summary>Being asked for.</summary>
    Incomplete = 1,

    /// <summary>Confirmed not long ago.</summary>
    Reachable = 2,

    /// <summary>Confirmed long ago: will be verified when used.</summary>
    Stale = 4,

    /// <summary>Used; verification is put off a little.</summary>
    Delay = 8,

    /// <summary>Being verified.</summary>
    Probe = 16,

    /// <summary>Did not answer.</summary>
    Failed = 32,

    /// <summary>Needs no resolution.</summary>
    NoArp = 64,

    /// <summary>Set by somebody, for good.</summary>
    Permanent = 128,
}
