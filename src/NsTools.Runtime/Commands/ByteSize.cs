using System.Globalization;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary>Sizes on the command line as runc takes them: bytes, or with a suffix that counts in 1024 (<c>64m</c>, <c>1.5GiB</c>).</summary>
internal static class ByteSize
{
    private const string Units = "kmgtp";

    /// <summary>Bytes.</summary>
    /// <param name="text">The text; -1 stands for no limit.</param>
    /// <param name="option">The option that it is the value of, for the message.</param>
    /// <exception cref="UsageException">It is no size.</exception>
    public static long Parse(string text, string option)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long bytes))
            return bytes;
        string number = text.ToLowerInvariant();
        if (number.EndsWith('b'))
            number = number[..^1];
        if (number.EndsWith('i') && number.Length > 1 && Units.Contains(number[^2], StringComparison.Ordinal))
            number = number[..^1];
        int power = number.Length == 0 ? 0 : Units.IndexOf(number[^1], StringComparison.Ordinal) + 1;
        if (power > 0)
            number = number[..^1];
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count) && count * Math.Pow(1024, power) < long.MaxValue
            ? (long)(count * Math.Pow(1024, power))
            : throw new UsageException($"update: option '--{option}' is a number of bytes, or of units such as 64m, not '{text}'");
    }
}
