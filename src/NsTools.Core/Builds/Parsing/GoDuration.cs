using System.Globalization;

namespace NsTools.Builds.Parsing;

/// <summary>Times as Go's <c>time.ParseDuration</c> reads them: <c>1h15m30.5s</c>.</summary>
internal static class GoDuration
{
    private static readonly (string Unit, double Seconds)[] s_units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Reads a time that is not negative.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The time.</param>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
            return true;
        double seconds = 0;
        int index = text.StartsWith('+') ? 1 : 0;
        if (index == text.Length)
            return false;
        while (index < text.Length)
        {
            int digits = index;
            while (index < text.Length && (char.IsAsciiDigit(text[index]) || text[index] == '.'))
                index++;
            int unit = index;
            while (index < text.Length && char.IsLetter(text[index]))
                index++;
            string name = text[unit..index];
            if (!double.TryParse(text.AsSpan(digits..unit), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
                || !Array.Exists(s_units, known => known.Unit == name))
            {
                return false;
            }
            seconds += value * Array.Find(s_units, known => known.Unit == name).Seconds;
        }
        if (seconds > TimeSpan.MaxValue.TotalSeconds / 2)
            return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
