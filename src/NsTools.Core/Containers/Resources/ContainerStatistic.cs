namespace NsTools;

/// <summary>What a container uses, at one moment.</summary>
public sealed record ContainerStatistic
{
    /// <summary>The container's name.</summary>
    public required string Container { get; init; }

    /// <summary>Its ID.</summary>
    public required string Id { get; init; }

    /// <summary>When the sample was taken.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>CPU use in percent of one core: since the sample before, or where there is none since the container's start. Null where it is not counted.</summary>
    public double? CpuPercent { get; init; }

    /// <summary>CPU time used since its start.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>Bytes of memory in use.</summary>
    public long? MemoryUsage { get; init; }

    /// <summary>Most bytes of memory that it may use: its limit, or what the host has.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>How much of that is in use, in percent.</summary>
    public double? MemoryPercent { get; init; }

    /// <summary>Bytes that came over its network, loopback left out; null with the host's network.</summary>
    public long? NetworkReceived { get; init; }

    /// <summary>Bytes that went over its network, likewise.</summary>
    public long? NetworkSent { get; init; }

    /// <summary>Bytes read from block devices.</summary>
    public long? BlockRead { get; init; }

    /// <summary>Bytes written to block devices.</summary>
    public long? BlockWritten { get; init; }

    /// <summary>Processes and threads.</summary>
    public long? Processes { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Container;
}
