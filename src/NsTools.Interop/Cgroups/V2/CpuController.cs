using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups.V2;

/// <summary>v2 <c>cpu</c> (cgroup-v2.rst, "CPU Interface Files").</summary>
public sealed class CpuController : CgroupController
{
    private const string Bandwidth = "cpu.max";
    private const string Burst = "cpu.max.burst";

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V2;

    /// <inheritdoc/>
    public override CgroupSetting Settings =>
        CgroupSetting.Cpu | CgroupSetting.CpuPeriod | CgroupSetting.CpuBurst | CgroupSetting.CpuWeight | CgroupSetting.CpuIdle;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        long? burst = wanted.CpuBurst is { } time ? Microseconds(time) : null;
        // The burst may not be above the quota: whichever is lowered goes first.
        bool burstShrinks = burst is { } value && value < (Value(cgroup.TryRead(Burst)) ?? 0);
        if (burstShrinks)
            cgroup.Write(Burst, Number(burst!.Value));
        if (wanted.Cpu is not null || wanted.CpuPeriod is not null)
        {
            CpuBandwidth bandwidth = (Parse(cgroup.Read(Bandwidth)) ?? new CpuBandwidth(Unlimited, CpuBandwidth.UsualPeriod)).With(wanted);
            cgroup.Write(Bandwidth, $"{NumberOrMax(bandwidth.Quota)} {bandwidth.Period}");
        }
        if (burst is not null && !burstShrinks)
            cgroup.Write(Burst, Number(burst.Value));
        if (wanted.CpuIdle is false)
            cgroup.Write("cpu.idle", "0");
        if (wanted.CpuWeight is { } weight)
            cgroup.Write("cpu.weight", Number(weight));
        if (wanted.CpuIdle is true)
            cgroup.Write("cpu.idle", "1");
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        CpuBandwidth? bandwidth = Parse(cgroup.TryRead(Bandwidth));
        return resources with
        {
            Cpu = bandwidth?.Cores,
            CpuPeriod = Microseconds(bandwidth?.Period),
            CpuBurst = Microseconds(Value(cgroup.TryRead(Burst))),
            CpuWeight = (int?)Value(cgroup.TryRead("cpu.weight")),
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
            CpuThrottledTime = Microseconds(Keyed(stat, "throttled_usec")),
        };
    }

    private static CpuBandwidth? Parse(ReadOnlySpan<char> text)
    {
        int space = text.IndexOf(' ');
        return space > 0 && Value(text[..space]) is { } quota && Value(text[(space + 1)..]) is { } period ? new CpuBandwidth(quota, period) : null;
    }
}
