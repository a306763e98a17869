using System.Collections.ObjectModel;

namespace NsTools.Interop.Cgroups;

/// <summary>
/// What can be set on a cgroup, in one vocabulary for v1 and v2. Null is "not given" when it is applied, and "this
/// cgroup has no such thing" when it was read. <see cref="ControlFile.Unlimited"/> is no limit.
/// </summary>
public record CgroupResources
{
    /// <summary>Most bytes of memory (v2 <c>memory.max</c>, v1 <c>memory.limit_in_bytes</c>). What goes over it is reclaimed, then killed.</summary>
    public long? Memory { get; init; }

    /// <summary>
    /// Bytes of memory above which it is pushed back without being killed: v2 <c>memory.high</c> (throttled and
    /// reclaimed at once), v1 <c>memory.soft_limit_in_bytes</c> (reclaimed first when the whole system is short).
    /// </summary>
    public long? MemoryHigh { get; init; }

    /// <summary>Bytes of memory that are reclaimed only when nothing unprotected is left (v2 <c>memory.low</c>).</summary>
    public long? MemoryLow { get; init; }

    /// <summary>Bytes of memory that are never reclaimed (v2 <c>memory.min</c>).</summary>
    public long? MemoryMin { get; init; }

    /// <summary>Most bytes of swap, memory not counted (v2 <c>memory.swap.max</c>; v1 <c>memory.memsw.limit_in_bytes</c> less the memory limit).</summary>
    public long? Swap { get; init; }

    /// <summary>How readily anonymous memory is swapped, 0 to 200 (v1 <c>memory.swappiness</c>).</summary>
    public int? Swappiness { get; init; }

    /// <summary>True kills all its processes together when memory is out (v2 <c>memory.oom.group</c>).</summary>
    public bool? OomGroup { get; init; }

    /// <summary>
    /// Most CPU time by time, in cores: 0.5 is half a core, infinity no limit (v2 <c>cpu.max</c>, v1
    /// <c>cpu.cfs_quota_us</c> / <c>cpu.cfs_period_us</c>).
    /// </summary>
    public double? Cpu { get; init; }

    /// <summary>The period over which <see cref="Cpu"/> is enforced, 1 ms to 1 s.</summary>
    public TimeSpan? CpuPeriod { get; init; }

    /// <summary>How much unused CPU time may be saved up and used above <see cref="Cpu"/> (v2 <c>cpu.max.burst</c>, v1 <c>cpu.cfs_burst_us</c>).</summary>
    public TimeSpan? CpuBurst { get; init; }

    /// <summary>
    /// Share of CPU time against siblings, 1 to 10000, 100 is usual (v2 <c>cpu.weight</c>; v1 <c>cpu.shares</c> =
    /// weight × 10.24, the kernel's own rate).
    /// </summary>
    public int? CpuWeight { get; init; }

    /// <summary>True runs it only when nothing else wants the CPU (<c>cpu.idle</c>).</summary>
    public bool? CpuIdle { get; init; }

    /// <summary>CPUs that it may use, a list such as <c>0-1,4</c> (<c>cpuset.cpus</c>); on v2 empty is its parent's.</summary>
    public string? CpuSet { get; init; }

    /// <summary>Memory nodes that it may use, a list such as <c>0-1</c> (<c>cpuset.mems</c>); on v2 empty is its parent's.</summary>
    public string? MemoryNodes { get; init; }

    /// <summary>Most processes and threads (<c>pids.max</c>).</summary>
    public long? Pids { get; init; }

    /// <summary>
    /// Share of block I/O against siblings, 1 to 10000, 100 is usual (v2 <c>io.weight</c> or <c>io.bfq.weight</c>, v1
    /// <c>blkio.bfq.weight</c> or <c>blkio.weight</c>, scaled as their ranges need).
    /// </summary>
    public int? IoWeight { get; init; }

    /// <summary>Block I/O limits by device (v2 <c>io.max</c> and <c>io.latency</c>, v1 <c>blkio.throttle.*</c>).</summary>
    public ReadOnlyCollection<CgroupIoLimit>? Io { get; init; }

    /// <summary>Limits of huge pages by page size (<c>hugetlb.SIZE.max</c>, v1 <c>hugetlb.SIZE.limit_in_bytes</c>).</summary>
    public ReadOnlyCollection<CgroupHugePageLimit>? HugePage { get; init; }

    /// <summary>RDMA limits by device (<c>rdma.max</c>).</summary>
    public ReadOnlyCollection<CgroupRdmaLimit>? Rdma { get; init; }

    /// <summary>Device rules, applied in this order (v1 <c>devices.allow</c>/<c>devices.deny</c>; v2 an eBPF program).</summary>
    public ReadOnlyCollection<CgroupDeviceRule>? Device { get; init; }

    /// <summary>Traffic class of its packets, <c>0xAAAABBBB</c> for tc's <c>AAAA:BBBB</c> (v1 <c>net_cls.classid</c>).</summary>
    public uint? NetworkClass { get; init; }

    /// <summary>Priority of its packets by interface (v1 <c>net_prio.ifpriomap</c>).</summary>
    public ReadOnlyCollection<CgroupNetworkPriority>? NetworkPriority { get; init; }

    /// <summary>Which of them are not null.</summary>
    /// <returns>A bit for each.</returns>
    public CgroupSetting Given() =>
        Bit(Memory, CgroupSetting.Memory) | Bit(MemoryHigh, CgroupSetting.MemoryHigh) | Bit(MemoryLow, CgroupSetting.MemoryLow)
        | Bit(MemoryMin, CgroupSetting.MemoryMin) | Bit(Swap, CgroupSetting.Swap) | Bit(Swappiness, CgroupSetting.Swappiness)
        | Bit(OomGroup, CgroupSetting.OomGroup) | Bit(Cpu, CgroupSetting.Cpu) | Bit(CpuPeriod, CgroupSetting.CpuPeriod)
        | Bit(CpuBurst, CgroupSetting.CpuBurst) | Bit(CpuWeight, CgroupSetting.CpuWeight) | Bit(CpuIdle, CgroupSetting.CpuIdle)
        | Bit(CpuSet, CgroupSetting.CpuSet) | Bit(MemoryNodes, CgroupSetting.MemoryNodes) | Bit(Pids, CgroupSetting.Pids)
        | Bit(IoWeight, CgroupSetting.IoWeight) | IoBits() | Bit(HugePage, CgroupSetting.HugePage) | Bit(Rdma, CgroupSetting.Rdma)
        | Bit(Device, CgroupSetting.Device) | Bit(NetworkClass, CgroupSetting.NetworkClass)
        | Bit(NetworkPriority, CgroupSetting.NetworkPriority);

    /// <summary>These settings without all that is not named.</summary>
    /// <param name="given">What to keep.</param>
    public CgroupResources Only(CgroupSetting given) => new()
    {
        Memory = given.HasFlag(CgroupSetting.Memory) ? Memory : null,
        MemoryHigh = given.HasFlag(CgroupSetting.MemoryHigh) ? MemoryHigh : null,
        MemoryLow = given.HasFlag(CgroupSetting.MemoryLow) ? MemoryLow : null,
        MemoryMin = given.HasFlag(CgroupSetting.MemoryMin) ? MemoryMin : null,
        Swap = given.HasFlag(CgroupSetting.Swap) ? Swap : null,
        Swappiness = given.HasFlag(CgroupSetting.Swappiness) ? Swappiness : null,
        OomGroup = given.HasFlag(CgroupSetting.OomGroup) ? OomGroup : null,
        Cpu = given.HasFlag(CgroupSetting.Cpu) ? Cpu : null,
        CpuPeriod = given.HasFlag(CgroupSetting.CpuPeriod) ? CpuPeriod : null,
        CpuBurst = given.HasFlag(CgroupSetting.CpuBurst) ? CpuBurst : null,
        CpuWeight = given.HasFlag(CgroupSetting.CpuWeight) ? CpuWeight : null,
        CpuIdle = given.HasFlag(CgroupSetting.CpuIdle) ? CpuIdle : null,
        CpuSet = given.HasFlag(CgroupSetting.CpuSet) ? CpuSet : null,
        MemoryNodes = given.HasFlag(CgroupSetting.MemoryNodes) ? MemoryNodes : null,
        Pids = given.HasFlag(CgroupSetting.Pids) ? Pids : null,
        IoWeight = given.HasFlag(CgroupSetting.IoWeight) ? IoWeight : null,
        HugePage = given.HasFlag(CgroupSetting.HugePage) ? HugePage : null,
        Rdma = given.HasFlag(CgroupSetting.Rdma) ? Rdma : null,
        Device = given.HasFlag(CgroupSetting.Device) ? Device : null,
        NetworkClass = given.HasFlag(CgroupSetting.NetworkClass) ? NetworkClass : null,
        NetworkPriority = given.HasFlag(CgroupSetting.NetworkPriority) ? NetworkPriority : null,
        Io = (given & (CgroupSetting.Io | CgroupSetting.IoDeviceWeight | CgroupSetting.IoLatency)) != 0 ? Io : null,
    };

    private static CgroupSetting Bit(object? value, CgroupSetting bit) => value is null ? CgroupSetting.None : bit;

    private CgroupSetting IoBits()
    {
        CgroupSetting bits = CgroupSetting.None;
        foreach (CgroupIoLimit limit in Io ?? [])
        {
            if (limit.ReadBytes is not null || limit.WriteBytes is not null || limit.ReadOperations is not null || limit.WriteOperations is not null)
                bits |= CgroupSetting.Io;
            bits |= Bit(limit.Weight, CgroupSetting.IoDeviceWeight) | Bit(limit.Latency, CgroupSetting.IoLatency);
        }
        return bits;
    }
}

/// <summary>Block I/O limits for one device. Null is "not given", or when read "none".</summary>
public sealed record CgroupIoLimit
{
    /// <summary>Major and minor number of the whole disk, <c>254:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Most bytes read a second.</summary>
    public long? ReadBytes { get; init; }

    /// <summary>Most bytes written a second.</summary>
    public long? WriteBytes { get; init; }

    /// <summary>Most read operations a second.</summary>
    public long? ReadOperations { get; init; }

    /// <summary>Most write operations a second.</summary>
    public long? WriteOperations { get; init; }

    /// <summary>Share of this device against siblings, 1 to 10000.</summary>
    public int? Weight { get; init; }

    /// <summary>Completion time to protect: others are slowed when ours take longer (v2 <c>io.latency</c>).</summary>
    public TimeSpan? Latency { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', ((string?[])
    [
        Device,
        Part("rbps", ReadBytes), Part("wbps", WriteBytes), Part("riops", ReadOperations), Part("wiops", WriteOperations),
        Part("weight", Weight), Part("latency", Latency is { } time ? ControlFile.Microseconds(time) : null),
    ]).Where(part => part is not null));

    private static string? Part(string name, long? value) => value is { } number ? $"{name}={ControlFile.NumberOrMax(number)}" : null;
}

/// <summary>Limit of huge pages of one size.</summary>
/// <param name="PageSize">As the kernel names it: <c>2MB</c>, <c>1GB</c>.</param>
/// <param name="Limit">Most bytes in such pages.</param>
public sealed record CgroupHugePageLimit(string PageSize, long Limit)
{
    /// <inheritdoc/>
    public override string ToString() => $"{PageSize}={ControlFile.NumberOrMax(Limit)}";
}

/// <summary>RDMA limits of one device (rdma.rst).</summary>
/// <param name="Device">The device's name, <c>mlx4_0</c>.</param>
/// <param name="Handles">Most HCA handles.</param>
/// <param name="Objects">Most HCA objects.</param>
public sealed record CgroupRdmaLimit(string Device, long? Handles, long? Objects)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Device} hca_handle={ControlFile.NumberOrMax(Handles ?? ControlFile.Unlimited)} hca_object={ControlFile.NumberOrMax(Objects ?? ControlFile.Unlimited)}";
}

/// <summary>Priority of packets that leave by one interface.</summary>
/// <param name="Interface">The interface's name.</param>
/// <param name="Priority">The priority (<c>SO_PRIORITY</c>, <c>socket(7)</c>).</param>
public sealed record CgroupNetworkPriority(string Interface, uint Priority)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Interface} {Priority}";
}
