using System.Diagnostics;
using System.Globalization;
using NsTools.Runtime.Commands;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Where the time goes: with <c>NSRUN_TRACE=1</c> each phase's end is written to standard error, in microseconds of
/// CLOCK_MONOTONIC, so that the phases of both stages and of the measuring program are on one scale.
/// </summary>
internal static class PhaseTrace
{
    private static readonly bool s_isOn = System.Environment.GetEnvironmentVariable("NSRUN_TRACE") == "1";

    /// <summary>Marks the end of a phase.</summary>
    /// <param name="phase">Its name.</param>
    public static void Mark(string phase)
    {
        if (s_isOn)
            StandardStream.WriteError(string.Create(CultureInfo.InvariantCulture, $"nsrun-trace {Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)} {phase}\n"));
    }
}
