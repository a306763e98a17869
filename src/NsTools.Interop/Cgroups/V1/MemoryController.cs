using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.V1;

/// <summary>v1 <c>memory</c> (cgroup-v1/memory.rst).</summary>
public sealed class MemoryController : CgroupController
{
    private const string Limit = "memory.limit_in_bytes";
    private const string SwapLimit = "memory.memsw.limit_in_bytes";

    /// <inheritdoc/>
    public override string Name => "memory";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V1;

    /// <inheritdoc/>
    public override CgroupSetting Settings =>
        CgroupSetting.Memory | CgroupSetting.MemoryHigh | CgroupSetting.Swap | CgroupSetting.Swappiness;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        if (wanted.Memory is not null || wanted.Swap is not null)
            ApplyLimits(cgroup, wanted);
        if (wanted.MemoryHigh is { } high)
            cgroup.Write("memory.soft_limit_in_bytes", Text(high));
        if (wanted.Swappiness is { } swappiness)
            cgroup.Write("memory.swappiness", Number(swappiness));
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        long? memory = Value(cgroup.TryRead(Limit));
        return resources with
        {
            Memory = memory,
            MemoryHigh = Value(cgroup.TryRead("memory.soft_limit_in_bytes")),
            Swap = SwapOf(Value(cgroup.TryRead(SwapLimit)), memory),
            Swappiness = (int?)Value(cgroup.TryRead("memory.swappiness")),
        };
    }

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters)
    {
        string? stat = cgroup.TryRead("memory.stat");
        return counters with
        {
            MemoryUsage = Value(cgroup.TryRead("memory.usage_in_bytes")),
            MemoryLimit = Value(cgroup.TryRead(Limit)),
            MemoryPeak = Value(cgroup.TryRead("memory.max_usage_in_bytes")),
            MemoryAnonymous = Keyed(stat, "total_rss"),
            MemoryFile = Keyed(stat, "total_cache"),
            MemoryKernel = Value(cgroup.TryRead("memory.kmem.usage_in_bytes")),
            SwapUsage = Keyed(stat, "total_swap"),
            MemoryLimitCount = Value(cgroup.TryRead("memory.failcnt")),
            OomKillCount = Keyed(cgroup.TryRead("memory.oom_control"), "oom_kill"),
        };
    }

    // memsw counts memory and swap together and may never be below the memory limit, so the one that grows goes first.
    private static void ApplyLimits(CgroupDirectory cgroup, CgroupResources wanted)
    {
        long? both = Value(cgroup.TryRead(SwapLimit));
        if (both is null || (both == Unlimited && wanted.Swap is null))
        {
            if (wanted.Swap is { } unaccounted)
                cgroup.Write(SwapLimit, Text(unaccounted)); // no swap accounting: the kernel's ENOENT tells
            if (wanted.Memory is { } only)
                cgroup.Write(Limit, Text(only));
            return;
        }
        long current = Value(cgroup.Read(Limit)) ?? Unlimited;
        long memory = wanted.Memory ?? current;
        long swap = wanted.Swap ?? SwapOf(both, current) ?? Unlimited;
        long newBoth = memory == Unlimited || swap >= Unlimited - memory ? Unlimited : memory + swap;
        if (newBoth >= both)
            cgroup.Write(SwapLimit, Text(newBoth));
        if (memory != current)
            cgroup.Write(Limit, Text(memory));
        if (newBoth < both)
            cgroup.Write(SwapLimit, Text(newBoth));
    }

    private static long? SwapOf(long? both, long? memory) =>
        both is null ? null : both == Unlimited || memory is null or Unlimited ? Unlimited : both - memory;

    private static string Text(long bytes) => bytes == Unlimited ? "-1" : Number(bytes);
}
