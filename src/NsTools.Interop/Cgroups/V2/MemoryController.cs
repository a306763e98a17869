using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.V2;

/// <summary>v2 <c>memory</c> (cgroup-v2.rst, "Memory Interface Files").</summary>
public sealed class MemoryController : CgroupController
{
    /// <inheritdoc/>
    public override string Name => "memory";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V2;

    /// <inheritdoc/>
    public override CgroupSetting Settings =>
        CgroupSetting.Memory | CgroupSetting.MemoryHigh | CgroupSetting.MemoryLow | CgroupSetting.MemoryMin
        | CgroupSetting.Swap | CgroupSetting.OomGroup;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        Write(cgroup, "memory.min", wanted.MemoryMin);
        Write(cgroup, "memory.low", wanted.MemoryLow);
        Write(cgroup, "memory.high", wanted.MemoryHigh);
        Write(cgroup, "memory.swap.max", wanted.Swap);
        Write(cgroup, "memory.max", wanted.Memory);
        if (wanted.OomGroup is { } together)
            cgroup.Write("memory.oom.group", together ? "1" : "0");
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources) => resources with
    {
        Memory = Value(cgroup.TryRead("memory.max")),
        MemoryHigh = Value(cgroup.TryRead("memory.high")),
        MemoryLow = Value(cgroup.TryRead("memory.low")),
        MemoryMin = Value(cgroup.TryRead("memory.min")),
        Swap = Value(cgroup.TryRead("memory.swap.max")),
        OomGroup = Value(cgroup.TryRead("memory.oom.group")) is { } together ? together != 0 : null,
    };

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters)
    {
        string? stat = cgroup.TryRead("memory.stat");
        string? events = cgroup.TryRead("memory.events");
        return counters with
        {
            MemoryUsage = Value(cgroup.TryRead("memory.current")),
            MemoryLimit = Value(cgroup.TryRead("memory.max")),
            MemoryPeak = Value(cgroup.TryRead("memory.peak")),
            MemoryAnonymous = Keyed(stat, "anon"),
            MemoryFile = Keyed(stat, "file"),
            MemoryKernel = Keyed(stat, "kernel"),
            SwapUsage = Value(cgroup.TryRead("memory.swap.current")),
            MemoryHighCount = Keyed(events, "high"),
            MemoryLimitCount = Keyed(events, "max"),
            OomCount = Keyed(events, "oom"),
            OomKillCount = Keyed(events, "oom_kill"),
        };
    }

    private static void Write(CgroupDirectory cgroup, string file, long? value)
    {
        if (value is { } bytes)
            cgroup.Write(file, NumberOrMax(bytes));
    }
}
