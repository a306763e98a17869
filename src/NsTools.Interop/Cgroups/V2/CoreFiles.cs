using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.V2;

/// <summary>What every v2 cgroup has whatever its controllers: CPU time and pressure (cgroup-v2.rst, "Core Interface Files").</summary>
public sealed class CoreFiles : CgroupController
{
    /// <inheritdoc/>
    public override string Name => "";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V2;

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters)
    {
        // On a hybrid system cpuacct has counted already, and is where the processes of a cgroup surely are.
        if (counters.CpuTime is null && cgroup.TryRead("cpu.stat") is { } stat)
        {
            counters = counters with
            {
                CpuTime = Microseconds(Keyed(stat, "usage_usec")),
                CpuUserTime = Microseconds(Keyed(stat, "user_usec")),
                CpuSystemTime = Microseconds(Keyed(stat, "system_usec")),
            };
        }
        return counters with
        {
            CpuPressure = CgroupPressure.Parse(cgroup.TryRead("cpu.pressure")),
            MemoryPressure = CgroupPressure.Parse(cgroup.TryRead("memory.pressure")),
            IoPressure = CgroupPressure.Parse(cgroup.TryRead("io.pressure")),
        };
    }
}
