using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.V1;

/// <summary>v1 <c>cpu</c> (Documentation/scheduler/sched-bwc.rst).</summary>
public sealed class CpuController : CgroupController
{
    private const string Quota = "cpu.cfs_quota_us";
    private const string Period = "cpu.cfs_period_us";
    private const string Burst = "cpu.cfs_burst_us";

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V1;

    /// <inheritdoc/>
    public override CgroupSetting Settings =>
        CgroupSetting.Cpu | CgroupSetting.CpuPeriod | CgroupSetting.CpuBurst | CgroupSetting.CpuWeight | CgroupSetting.CpuIdle;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        if (wanted.Cpu is not null || wanted.CpuPeriod is not null || wanted.CpuBurst is not null)
            ApplyBandwidth(cgroup, wanted);
        // An idle cgroup has no weight of its own: the kernel refuses shares while idle is 1.
        if (wanted.CpuIdle is false)
            cgroup.Write("cpu.idle", "0");
        if (wanted.CpuWeight is { } weight)
            cgroup.Write("cpu.shares", Number(CpuWeight.ToShares(weight)));
        if (wanted.CpuIdle is true)
            cgroup.Write("cpu.idle", "1");
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        CpuBandwidth? bandwidth = ReadBandwidth(cgroup);
        return resources with
        {
            Cpu = bandwidth?.Cores,
            CpuPeriod = Microseconds(bandwidth?.Period),
            CpuBurst = Microseconds(Value(cgroup.TryRead(Burst))),
            CpuWeight = Value(cgroup.TryRead("cpu.shares")) is { } shares ? CpuWeight.FromShares(shares) : null,
            CpuIdle = Value(cgroup.TryRead("cpu.idle")) is { } idle ? idle != 0 : null,
        };
    }

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters)
    {
        string? stat = cgroup.TryRead("cpu.stat");
        return counters with
        {
            CpuPeriodCount = Keyed(stat, "nr_periods"),
            CpuThrottledCount = Keyed(stat, "nr_throttled"),
            // Nanoseconds here, microseconds on v2.
            CpuThrottledTime = Keyed(stat, "throttled_time") is { } time ? TimeSpan.FromTicks(time / TimeSpan.NanosecondsPerTick) : null,
        };
    }

    // Quota, period and burst are three files here, each write is checked against the others (and the parent's ratio):
    // every step in between must be as valid as the end.
    private static void ApplyBandwidth(CgroupDirectory cgroup, CgroupResources wanted)
    {
        CpuBandwidth before = ReadBandwidth(cgroup) ?? new CpuBandwidth(Unlimited, CpuBandwidth.UsualPeriod);
        CpuBandwidth after = before.With(wanted);
        long burst = Value(cgroup.TryRead(Burst)) ?? 0;
        long newBurst = wanted.CpuBurst is { } time ? Microseconds(time) : burst;
        if (newBurst < burst)
            cgroup.Write(Burst, Number(newBurst));
        if (after.Period > before.Period)
            cgroup.Write(Period, Number(after.Period));
        if (after.Quota != before.Quota)
            cgroup.Write(Quota, after.Quota == Unlimited ? "-1" : Number(after.Quota));
        if (after.Period < before.Period)
            cgroup.Write(Period, Number(after.Period));
        if (newBurst > burst)
            cgroup.Write(Burst, Number(newBurst));
    }

    private static CpuBandwidth? ReadBandwidth(CgroupDirectory cgroup) =>
        Value(cgroup.TryRead(Quota)) is { } quota && Value(cgroup.TryRead(Period)) is { } period ? new CpuBandwidth(quota, period) : null;
}
