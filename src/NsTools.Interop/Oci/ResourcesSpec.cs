using System.Text.Json.Serialization;

namespace NsTools.Interop.Oci;

/// <summary>Limits of the container's cgroup (config-linux.md, "Control groups"); also what <c>update --resources</c> reads.</summary>
public sealed record ResourcesSpec
{
    /// <summary>Which devices may be used; the last rule that matches wins.</summary>
    public IReadOnlyList<DeviceRuleSpec>? Devices { get; init; }

    /// <summary>Memory; null for no limit.</summary>
    public MemoryResourcesSpec? Memory { get; init; }

    /// <summary>Processor time; null for no limit.</summary>
    public CpuResourcesSpec? Cpu { get; init; }

    /// <summary>Number of tasks; null for no limit.</summary>
    public PidsResourcesSpec? Pids { get; init; }

    /// <summary>Block devices' input and output; null for no limit.</summary>
    [JsonPropertyName("blockIO")]
    public BlockIoResourcesSpec? BlockIo { get; init; }

    /// <summary>Huge pages, by size.</summary>
    public IReadOnlyList<HugepageLimitSpec>? HugepageLimits { get; init; }

    /// <summary>Class and priority of network traffic (cgroup v1); null for none.</summary>
    public NetworkResourcesSpec? Network { get; init; }

    /// <summary>RDMA handles and objects by device.</summary>
    public IReadOnlyDictionary<string, RdmaResourcesSpec>? Rdma { get; init; }

    /// <summary>Files of the cgroup v2 directory and what is written to them, such as <c>memory.high</c>.</summary>
    public IReadOnlyDictionary<string, string>? Unified { get; init; }
}

/// <summary>One rule about devices.</summary>
public sealed record DeviceRuleSpec
{
    /// <summary>True allows, false denies.</summary>
    public required bool Allow { get; init; }

    /// <summary><c>a</c> (all, as null), <c>c</c> or <c>b</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Major number; null or -1 for any.</summary>
    public long? Major { get; init; }

    /// <summary>Minor number; null or -1 for any.</summary>
    public long? Minor { get; init; }

    /// <summary>Some of <c>r</c>, <c>w</c> and <c>m</c> (mknod); null for all of them.</summary>
    public string? Access { get; init; }
}

/// <summary>Memory limits, in bytes; -1 for no limit.</summary>
public sealed record MemoryResourcesSpec
{
    /// <summary>The hard limit.</summary>
    public long? Limit { get; init; }

    /// <summary>The soft limit.</summary>
    public long? Reservation { get; init; }

    /// <summary>The limit of memory and swap together.</summary>
    public long? Swap { get; init; }

    /// <summary>The limit of kernel memory; deprecated, and without effect since Linux 5.4.</summary>
    public long? Kernel { get; init; }

    /// <summary>The limit of TCP buffers (cgroup v1).</summary>
    [JsonPropertyName("kernelTCP")]
    public long? KernelTcp { get; init; }

    /// <summary>How readily pages are swapped out, 0 to 100 (cgroup v1).</summary>
    public ulong? Swappiness { get; init; }

    /// <summary>True pauses instead of killing (cgroup v1).</summary>
    [JsonPropertyName("disableOOMKiller")]
    public bool? DisableOomKiller { get; init; }

    /// <summary>True counts children's memory, too (cgroup v1).</summary>
    public bool? UseHierarchy { get; init; }

    /// <summary>True refuses an update to a limit that is below the present use.</summary>
    public bool? CheckBeforeUpdate { get; init; }
}

/// <summary>Processor time, periods in microseconds.</summary>
public sealed record CpuResourcesSpec
{
    /// <summary>Relative weight, 2 to 262144.</summary>
    public ulong? Shares { get; init; }

    /// <summary>Time in each period; negative for no limit.</summary>
    public long? Quota { get; init; }

    /// <summary>Time beyond the quota that may have been saved up.</summary>
    public ulong? Burst { get; init; }

    /// <summary>Length of the period.</summary>
    public ulong? Period { get; init; }

    /// <summary>Realtime scheduling's time in each period (cgroup v1).</summary>
    public long? RealtimeRuntime { get; init; }

    /// <summary>Length of that period (cgroup v1).</summary>
    public ulong? RealtimePeriod { get; init; }

    /// <summary>The CPUs, a list such as <c>0-3,7</c>.</summary>
    public string? Cpus { get; init; }

    /// <summary>The memory nodes, a list such as <c>0-1</c>.</summary>
    public string? Mems { get; init; }

    /// <summary>1 runs only when nothing else wants to (<c>cpu.idle</c>).</summary>
    public long? Idle { get; init; }
}

/// <summary>Number of tasks.</summary>
public sealed record PidsResourcesSpec
{
    /// <summary>At most so many; 0 or less for no limit.</summary>
    public long? Limit { get; init; }
}

/// <summary>Block devices' input and output.</summary>
public sealed record BlockIoResourcesSpec
{
    /// <summary>Weight, 10 to 1000.</summary>
    public ushort? Weight { get; init; }

    /// <summary>Weight against the cgroup's children (cgroup v1, CFQ).</summary>
    public ushort? LeafWeight { get; init; }

    /// <summary>Weights by device.</summary>
    public IReadOnlyList<WeightDeviceSpec>? WeightDevice { get; init; }

    /// <summary>Bytes read in a second.</summary>
    public IReadOnlyList<ThrottleDeviceSpec>? ThrottleReadBpsDevice { get; init; }

    /// <summary>Bytes written in a second.</summary>
    public IReadOnlyList<ThrottleDeviceSpec>? ThrottleWriteBpsDevice { get; init; }

    /// <summary>Read operations in a second.</summary>
    [JsonPropertyName("throttleReadIOPSDevice")]
    public IReadOnlyList<ThrottleDeviceSpec>? ThrottleReadIopsDevice { get; init; }

    /// <summary>Write operations in a second.</summary>
    [JsonPropertyName("throttleWriteIOPSDevice")]
    public IReadOnlyList<ThrottleDeviceSpec>? ThrottleWriteIopsDevice { get; init; }
}

/// <summary>Weight for one block device.</summary>
public sealed record WeightDeviceSpec
{
    /// <summary>Major number.</summary>
    public required long Major { get; init; }

    /// <summary>Minor number.</summary>
    public required long Minor { get; init; }

    /// <summary>Weight, 10 to 1000.</summary>
    public ushort? Weight { get; init; }

    /// <summary>Weight against the cgroup's children (cgroup v1, CFQ).</summary>
    public ushort? LeafWeight { get; init; }
}

/// <summary>Rate for one block device.</summary>
public sealed record ThrottleDeviceSpec
{
    /// <summary>Major number.</summary>
    public required long Major { get; init; }

    /// <summary>Minor number.</summary>
    public required long Minor { get; init; }

    /// <summary>Bytes or operations in a second.</summary>
    public required ulong Rate { get; init; }
}

/// <summary>Limit of huge pages of one size.</summary>
public sealed record HugepageLimitSpec
{
    /// <summary>The size, such as <c>2MB</c>.</summary>
    public required string PageSize { get; init; }

    /// <summary>In bytes.</summary>
    public required ulong Limit { get; init; }
}

/// <summary>Class and priority of network traffic (cgroup v1).</summary>
public sealed record NetworkResourcesSpec
{
    /// <summary>Class identifier of packets (<c>net_cls.classid</c>).</summary>
    [JsonPropertyName("classID")]
    public uint? ClassId { get; init; }

    /// <summary>Priorities by interface (<c>net_prio.ifpriomap</c>).</summary>
    public IReadOnlyList<InterfacePrioritySpec>? Priorities { get; init; }
}

/// <summary>Priority of traffic over one interface.</summary>
public sealed record InterfacePrioritySpec
{
    /// <summary>The interface's name in the runtime's network namespace.</summary>
    public required string Name { get; init; }

    /// <summary>The priority.</summary>
    public required uint Priority { get; init; }
}

/// <summary>RDMA limits of one device.</summary>
public sealed record RdmaResourcesSpec
{
    /// <summary>At most so many handles; null for no limit.</summary>
    public uint? HcaHandles { get; init; }

    /// <summary>At most so many objects; null for no limit.</summary>
    public uint? HcaObjects { get; init; }
}
