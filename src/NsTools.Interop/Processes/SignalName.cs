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

    /// <summary>The number of a signal.</summary>
    /// <param name="text">Its name with or without <c>SIG</c>, in any case, <c>RTMIN+n</c>, <c>RTMAX-n</c>, or its number.</param>
    /// <returns>The number; null for what is no signal.</returns>
    public static int? Parse(string text)
    {
        if (int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int number))
            return number is > 0 and <= Signals.Last ? number : null;
        string name = text.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal))
            name = name[3..];
        if (name.StartsWith("RTM", StringComparison.Ordinal))
            return ParseRealTime(name);
        // Older names of the same signals (signal(7)).
        name = name switch
        {
            "IOT" => "ABRT",
            "CLD" => "CHLD",
            "POLL" => "IO",
            _ => name,
        };
        int index = name.Length == 0 ? -1 : Array.IndexOf(s_names, name);
        return index > 0 ? index : null;
    }

    // glibc keeps the first two real-time signals for itself: SIGRTMIN is 34 for every program (signal(7)).
    private static int? ParseRealTime(string name)
    {
        const int First = 34;
        bool isFromFirst = name.StartsWith("RTMIN", StringComparison.Ordinal);
        if (!isFromFirst && !name.StartsWith("RTMAX", StringComparison.Ordinal))
            return null;
        int offset = 0;
        if (name.Length > 5 && !int.TryParse(name.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture, out offset))
            return null;
        int number = (isFromFirst ? First : Signals.Last) + offset;
        return number is >= First and <= Signals.Last ? number : null;
    }
}
