using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups;

/// <summary>CPU bandwidth as the scheduler has it (sched-bwc.rst): so much time in each period.</summary>
/// <param name="Quota">Microseconds in a period; <see cref="Unlimited"/> for no limit.</param>
/// <param name="Period">Length of the period in microseconds, 1,000 to 1,000,000.</param>
internal readonly record struct CpuBandwidth(long Quota, long Period)
{
    /// <summary>The kernel's default period in microseconds.</summary>
    public const long UsualPeriod = 100_000;

    /// <summary>The limit in cores; infinity for none.</summary>
    public double Cores => Quota == Unlimited ? double.PositiveInfinity : (double)Quota / Period;

    /// <summary>This with the wanted cores and period; cores stay what they are when only the period changes.</summary>
    public CpuBandwidth With(CgroupResources wanted)
    {
        long period = wanted.CpuPeriod is { } time ? Microseconds(time) : Period;
        double cores = wanted.Cpu ?? Cores;
        return new CpuBandwidth(double.IsPositiveInfinity(cores) ? Unlimited : (long)Math.Round(cores * period), period);
    }
}
