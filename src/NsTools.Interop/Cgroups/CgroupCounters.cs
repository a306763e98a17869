using System.Collections.ObjectModel;

namespace NsTools.Interop.Cgroups;

/// <summary>What the kernel counts for a cgroup, one vocabulary for v1 and v2. Null is "not counted here".</summary>
public record CgroupCounters
{
    /// <summary>Bytes of memory in use, its descendants' included.</summary>
    public long? MemoryUsage { get; init; }

    /// <summary>Most bytes of memory that may be used; <see cref="ControlFile.Unlimited"/> for no limit.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Most bytes of memory that were in use at once.</summary>
    public long? MemoryPeak { get; init; }

    /// <summary>Bytes of anonymous memory.</summary>
    public long? MemoryAnonymous { get; init; }

    /// <summary>Bytes of page cache.</summary>
    public long? MemoryFile { get; init; }

    /// <summary>Bytes of memory that the kernel uses on its behalf.</summary>
    public long? MemoryKernel { get; init; }

    /// <summary>Bytes of swap in use.</summary>
    public long? SwapUsage { get; init; }

    /// <summary>How often memory use came to the limit.</summary>
    public long? MemoryLimitCount { get; init; }

    /// <summary>How often it was throttled at <see cref="CgroupResources.MemoryHigh"/> (v2).</summary>
    public long? MemoryHighCount { get; init; }

    /// <summary>How often it was out of memory (v2).</summary>
    public long? OomCount { get; init; }

    /// <summary>How many processes were killed because memory was out.</summary>
    public long? OomKillCount { get; init; }

    /// <summary>CPU time used.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>Of it in user mode.</summary>
    public TimeSpan? CpuUserTime { get; init; }

    /// <summary>Of it in the kernel.</summary>
    public TimeSpan? CpuSystemTime { get; init; }

    /// <summary>Enforcement periods in which it ran.</summary>
    public long? CpuPeriodCount { get; init; }

    /// <summary>Periods in which it was throttled.</summary>
    public long? CpuThrottledCount { get; init; }

    /// <summary>How long it was throttled, all CPUs together.</summary>
    public TimeSpan? CpuThrottledTime { get; init; }

    /// <summary>Bytes read from block devices.</summary>
    public long? IoReadBytes { get; init; }

    /// <summary>Bytes written to block devices.</summary>
    public long? IoWriteBytes { get; init; }

    /// <summary>Read operations on block devices.</summary>
    public long? IoReadOperations { get; init; }

    /// <summary>Write operations on block devices.</summary>
    public long? IoWriteOperations { get; init; }

    /// <summary>Processes and threads.</summary>
    public long? PidsUsage { get; init; }

    /// <summary>Most processes and threads that it may have.</summary>
    public long? PidsLimit { get; init; }

    /// <summary>Most processes and threads that it had at once.</summary>
    public long? PidsPeak { get; init; }

    /// <summary>How many forks were refused at the limit.</summary>
    public long? PidsLimitCount { get; init; }

    /// <summary>Use of huge pages by page size.</summary>
    public ReadOnlyCollection<CgroupHugePageUsage>? HugePage { get; init; }

    /// <summary>Time lost waiting for CPU (psi.rst).</summary>
    public CgroupPressure? CpuPressure { get; init; }

    /// <summary>Time lost waiting for memory.</summary>
    public CgroupPressure? MemoryPressure { get; init; }

    /// <summary>Time lost waiting for block I/O.</summary>
    public CgroupPressure? IoPressure { get; init; }
}

/// <summary>Use of huge pages of one size.</summary>
/// <param name="PageSize">As the kernel names it: <c>2MB</c>.</param>
/// <param name="Usage">Bytes in use.</param>
/// <param name="LimitCount">How often the limit refused one.</param>
public sealed record CgroupHugePageUsage(string PageSize, long Usage, long LimitCount)
{
    /// <inheritdoc/>
    public override string ToString() => $"{PageSize}={Usage}";
}

/// <summary>Pressure stall information (Documentation/accounting/psi.rst): percent of time stalled over windows, and in all.</summary>
public sealed record CgroupPressure
{
    /// <summary>Percent of the last 10 s in which some task waited.</summary>
    public double Some10 { get; init; }

    /// <summary>Percent of the last 60 s in which some task waited.</summary>
    public double Some60 { get; init; }

    /// <summary>Percent of the last 300 s in which some task waited.</summary>
    public double Some300 { get; init; }

    /// <summary>Time in all in which some task waited.</summary>
    public TimeSpan SomeTime { get; init; }

    /// <summary>Percent of the last 10 s in which all tasks waited at once.</summary>
    public double Full10 { get; init; }

    /// <summary>Percent of the last 60 s in which all tasks waited at once.</summary>
    public double Full60 { get; init; }

    /// <summary>Percent of the last 300 s in which all tasks waited at once.</summary>
    public double Full300 { get; init; }

    /// <summary>Time in all in which all tasks waited at once.</summary>
    public TimeSpan FullTime { get; init; }

    /// <summary>Parses a pressure file.</summary>
    /// <param name="text">Its content; null when there is none.</param>
    /// <returns>Null for null.</returns>
    public static CgroupPressure? Parse(string? text)
    {
        if (text is null)
            return null;
        CgroupPressure pressure = new();
        foreach (string line in ControlFile.Lines(text))
        {
            TimeSpan time = ControlFile.Microseconds(ControlFile.Value(ControlFile.Nested(line, "total"))) ?? TimeSpan.Zero;
            if (line.StartsWith("some ", StringComparison.Ordinal))
                pressure = pressure with { Some10 = Percent(line, "avg10"), Some60 = Percent(line, "avg60"), Some300 = Percent(line, "avg300"), SomeTime = time };
            else if (line.StartsWith("full ", StringComparison.Ordinal))
                pressure = pressure with { Full10 = Percent(line, "avg10"), Full60 = Percent(line, "avg60"), Full300 = Percent(line, "avg300"), FullTime = time };
        }
        return pressure;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"some {Some10:0.##}/{Some60:0.##}/{Some300:0.##} full {Full10:0.##}/{Full60:0.##}/{Full300:0.##}");

    private static double Percent(string line, string key) =>
        double.TryParse(ControlFile.Nested(line, key), System.Globalization.CultureInfo.InvariantCulture, out double value) ? value : 0;
}
