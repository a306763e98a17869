namespace NsTools;

/// <summary>What a <see cref="NetEvent"/> is about.</summary>
public enum NetEventKind
{
    /// <summary>A link.</summary>
    Link = 1,

    /// <summary>An address.</summary>
    Address = 2,

    /// <summary>A route.</summary>
    Route = 4,

    /// <summary>A neighbour.</summary>
    Neighbor = 8,
}
