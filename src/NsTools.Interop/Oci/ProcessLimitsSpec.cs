namespace NsTools.Interop.Oci;

/// <summary>One resource limit (<c>getrlimit(2)</c>).</summary>
public sealed record RlimitSpec
{
    /// <summary>The resource, such as <c>RLIMIT_NOFILE</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What is enforced; 18446744073709551615 for no limit. The unit is the resource's.</summary>
    public required ulong Soft { get; init; }

    /// <summary>Up to where an unprivileged process may raise <see cref="Soft"/>.</summary>
    public required ulong Hard { get; init; }
}

/// <summary>Scheduling policy and attributes (<c>sched_setattr(2)</c>).</summary>
public sealed record SchedulerSpec
{
    /// <summary>The policy, such as <c>SCHED_BATCH</c>.</summary>
    public required string Policy { get; init; }

    /// <summary>Nice value, -20 (first) to 19 (last).</summary>
    public int Nice { get; init; }

    /// <summary>Static priority of <c>SCHED_FIFO</c> and <c>SCHED_RR</c>, 1 to 99; 0 otherwise.</summary>
    public int Priority { get; init; }

    /// <summary>Flags, such as <c>SCHED_FLAG_RESET_ON_FORK</c>.</summary>
    public IReadOnlyList<string>? Flags { get; init; }

    /// <summary>Nanoseconds it may run in each period, for <c>SCHED_DEADLINE</c>.</summary>
    public ulong Runtime { get; init; }

    /// <summary>Nanoseconds in which it must be done, for <c>SCHED_DEADLINE</c>.</summary>
    public ulong Deadline { get; init; }

    /// <summary>Length of a period in nanoseconds, for <c>SCHED_DEADLINE</c>.</summary>
    public ulong Period { get; init; }
}

/// <summary>I/O scheduling (<c>ioprio_set(2)</c>).</summary>
public sealed record IoPrioritySpec
{
    /// <summary><c>IOPRIO_CLASS_RT</c>, <c>IOPRIO_CLASS_BE</c> or <c>IOPRIO_CLASS_IDLE</c>.</summary>
    public required string Class { get; init; }

    /// <summary>Priority in the class, 0 (first) to 7 (last).</summary>
    public required int Priority { get; init; }
}

/// <summary>CPUs of a process that <c>exec</c> starts, lists such as <c>0-3,7</c>.</summary>
public sealed record CpuAffinitySpec
{
    /// <summary>Before it enters the container's cgroup; null leaves them.</summary>
    public string? Initial { get; init; }

    /// <summary>After that; null leaves what the kernel makes of it.</summary>
    public string? Final { get; init; }
}
