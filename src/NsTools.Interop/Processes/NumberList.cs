using System.Globalization;

namespace NsTools.Interop.Processes;

/// <summary>The kernel's lists of CPUs and memory nodes, such as <c>0-3,7</c> (<c>cpuset(7)</c>, "List format").</summary>
public static class NumberList
{
    // Linux's own highest number of CPUs (CONFIG_MAXSMP).
    private const int Limit = 8192;

    /// <summary>Reads a list.</summary>
    /// <param name="text">The list.</param>
    /// <returns>The numbers, ascending; null when it is no such list, or empty, or names a number beyond 8191.</returns>
    public static IReadOnlyList<int>? TryParse(string text)
    {
        var numbers = new SortedSet<int>();
        foreach (string part in text.Split(','))
        {
            string item = part.Trim(' ');
            int dash = item.IndexOf('-', StringComparison.Ordinal);
            if (!TryNumber(dash < 0 ? item : item[..dash], out int first)
                || !TryNumber(dash < 0 ? item : item[(dash + 1)..], out int last)
                || last < first)
            {
                return null;
            }
            for (int number = first; number <= last; number++)
                numbers.Add(number);
        }
        return [.. numbers];
    }

    /// <summary>The numbers as the kernel's bit mask, in whole 64-bit words.</summary>
    /// <param name="numbers">The numbers.</param>
    public static byte[] ToMask(IReadOnlyList<int> numbers)
    {
        int highest = 0;
        foreach (int number in numbers)
            highest = Math.Max(highest, number);
        byte[] mask = new byte[((highest / 64) + 1) * 8];
        foreach (int number in numbers)
            mask[number / 8] |= (byte)(1 << (number % 8));
        return mask;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Limit;
}
