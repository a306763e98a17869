namespace NsTools.Interop.Processes;

/// <summary>Signals by name (<c>signal(7)</c>), as <c>kill -l</c> has them: without <c>SIG</c>.</summary>
public static class SignalName
{
    // x86-64 and arm64 (asm-generic/signal.h); the index is the number.
    private static readonly string[] s_names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>The name of a signal.</summary>
    /// <param name="signal">Its number, 1 to 64.</param>
    /// <returns><c>KILL</c> for 9; a real-time signal by its number.</returns>
    public static string Of(int signal) =>
        signal > 0 && signal < s_names.Length ? s_names[signal] : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{signal}");
}
