using System.Globalization;

namespace NsTools.Interop.Cgroups;

/// <summary>The forms in which control files hold values (cgroup-v2.rst, "Format").</summary>
public static class ControlFile
{
    /// <summary>What stands for no limit.</summary>
    public const long Unlimited = long.MaxValue;

    // v1 has no word for it: the largest number of pages, in bytes (PAGE_COUNTER_MAX).
    private const long LargestPageCounter = long.MaxValue - 65535;

    /// <summary>A single value; <c>max</c>, v1's <c>-1</c> and its largest counter are <see cref="Unlimited"/>.</summary>
    /// <param name="text">The file's content; null when there is no such file.</param>
    public static long? Value(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text is "max" or "-1")
            return Unlimited;
        // Counters are unsigned in the kernel; the few that can pass 2^63 mean "no limit".
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value >= LargestPageCounter ? Unlimited : (long)value
            : null;
    }

    /// <summary>The value of a key in a flat keyed file (<c>KEY VALUE\n</c>); null when it is not there.</summary>
    /// <param name="text">The file's content; null when there is no such file.</param>
    /// <param name="key">The key.</param>
    public static long? Keyed(ReadOnlySpan<char> text, ReadOnlySpan<char> key)
    {
        foreach (Range range in text.Split('\n'))
        {
            ReadOnlySpan<char> line = text[range];
            if (line.Length > key.Length && line[key.Length] == ' ' && line.StartsWith(key, StringComparison.Ordinal))
                return Value(line[(key.Length + 1)..]);
        }
        return null;
    }

    /// <summary>The value of a subkey in a line of a nested keyed file (<c>KEY SUB=VALUE SUB=VALUE</c>); null when it is not there.</summary>
    /// <param name="line">One line.</param>
    /// <param name="subkey">The subkey.</param>
    public static ReadOnlySpan<char> Nested(ReadOnlySpan<char> line, ReadOnlySpan<char> subkey)
    {
        foreach (Range range in line.Split(' '))
        {
            ReadOnlySpan<char> pair = line[range];
            if (pair.Length > subkey.Length && pair[subkey.Length] == '=' && pair.StartsWith(subkey, StringComparison.Ordinal))
                return pair[(subkey.Length + 1)..];
        }
        return default;
    }

    /// <summary>The file's lines that have something in them.</summary>
    /// <param name="text">The content; null gives none.</param>
    public static string[] Lines(string? text) => text?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Microseconds, the unit of CPU files, as a time.</summary>
    /// <param name="microseconds">The number; null stays null, <see cref="Unlimited"/> is <see cref="TimeSpan.MaxValue"/>.</param>
    public static TimeSpan? Microseconds(long? microseconds) =>
        microseconds is { } value ? value >= Unlimited / 10 ? TimeSpan.MaxValue : TimeSpan.FromTicks(value * TimeSpan.TicksPerMicrosecond) : null;

    /// <summary>A time in whole microseconds.</summary>
    /// <param name="time">The time.</param>
    public static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The number in the kernel's digits.</summary>
    /// <param name="value">The number.</param>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The number, or v2's and most of v1's word for no limit.</summary>
    /// <param name="value">The number or <see cref="Unlimited"/>.</param>
    public static string NumberOrMax(long value) => value == Unlimited ? "max" : Number(value);
}
