namespace NsTools;

/// <summary>What can happen to a cgroup that <c>Wait-CgroupEvent</c> tells of.</summary>
public enum CgroupEventType
{
    /// <summary>A process was killed because memory was out.</summary>
    OomKill,

    /// <summary>Memory use came to the limit.</summary>
    MemoryLimit,

    /// <summary>Memory use went over the high or soft limit.</summary>
    MemoryHigh,

    /// <summary>A fork was refused at the limit of processes.</summary>
    PidsLimit,

    /// <summary>No process is left in it and its descendants.</summary>
    Empty,
}

/// <summary>Something that happened to a cgroup.</summary>
public sealed record CgroupEvent
{
    /// <summary>The cgroup's path.</summary>
    public required string Path { get; init; }

    /// <summary>What happened.</summary>
    public required CgroupEventType Type { get; init; }

    /// <summary>How often since the wait began.</summary>
    public required long Count { get; init; }

    /// <summary>When it was seen.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Type}";
}
