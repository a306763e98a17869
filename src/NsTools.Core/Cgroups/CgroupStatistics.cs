using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Reads the counters of a cgroup.</summary>
public static class CgroupStatistics
{
    /// <summary>One sample.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <exception cref="SyscallException">It has been removed meanwhile, or may not be read.</exception>
    public static CgroupStatistic Read(CgroupHandle cgroup) => new(
        cgroup.Path,
        cgroup.Version,
        DateTimeOffset.Now,
        cgroup.Controllers().Aggregate(new CgroupCounters(), (counted, pair) => pair.Controller.Count(pair.Directory, counted)));

    /// <summary>What happened between two samples.</summary>
    /// <param name="before">The first; null when there is none.</param>
    /// <param name="now">The second.</param>
    /// <param name="processes">Processes in it, for systems that do not count tasks.</param>
    public static CgroupActivity Between(CgroupStatistic? before, CgroupStatistic now, int processes)
    {
        double seconds = before is null ? 0 : (now.Time - before.Time).TotalSeconds;
        return new CgroupActivity
        {
            Path = now.Path,
            Time = now.Time,
            Tasks = now.PidsUsage ?? processes,
            Memory = now.MemoryUsage,
            CpuPercent = Rate(before?.CpuTime?.TotalSeconds * 100, now.CpuTime?.TotalSeconds * 100, seconds),
            ReadRate = Rate(before?.IoReadBytes, now.IoReadBytes, seconds),
            WriteRate = Rate(before?.IoWriteBytes, now.IoWriteBytes, seconds),
        };
    }

    private static double? Rate(double? before, double? now, double seconds) =>
        before is null || now is null || seconds <= 0 ? null : Math.Max(0, (now.Value - before.Value) / seconds);
}
