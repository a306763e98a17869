using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.V1;

/// <summary>v1 <c>cpuacct</c> (cgroup-v1/cpuacct.rst): counters only.</summary>
public sealed class CpuAccountingController : CgroupController
{
    /// <inheritdoc/>
    public override string Name => "cpuacct";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V1;

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters) => counters with
    {
        CpuTime = Nanoseconds(Value(cgroup.TryRead("cpuacct.usage"))),
        CpuUserTime = Nanoseconds(Value(cgroup.TryRead("cpuacct.usage_user"))),
        CpuSystemTime = Nanoseconds(Value(cgroup.TryRead("cpuacct.usage_sys"))),
    };

    private static TimeSpan? Nanoseconds(long? value) => value is { } time ? TimeSpan.FromTicks(time / TimeSpan.NanosecondsPerTick) : null;
}
