namespace NsTools;

/// <summary>What a cgroup did between two samples: a row of <c>Watch-Cgroup</c>.</summary>
public sealed record CgroupActivity
{
    /// <summary>The cgroup's path.</summary>
    public required string Path { get; init; }

    /// <summary>When the second sample was taken.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Processes in it and its descendants, or tasks where the pids controller counts them.</summary>
    public long? Tasks { get; init; }

    /// <summary>CPU use in percent of one core; null in the first sample.</summary>
    public double? CpuPercent { get; init; }

    /// <summary>Bytes of memory in use.</summary>
    public long? Memory { get; init; }

    /// <summary>Bytes read a second; null in the first sample.</summary>
    public double? ReadRate { get; init; }

    /// <summary>Bytes written a second; null in the first sample.</summary>
    public double? WriteRate { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
