namespace NsTools.Builds.Parsing;

/// <summary>Finds what somebody who mistyped a name may have meant.</summary>
internal static class NameSuggestion
{
    /// <summary>"Did you mean" of the nearest name; null where none is near.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="names">The names that there are.</param>
    /// <param name="prefix">What stands before a name.</param>
    public static string? Of(string typed, IEnumerable<string> names, string prefix = "")
    {
        // A long word is never near to a name, and comparing it would take long.
        if (typed.Length > 40)
            return null;
        (string? best, int distance) = (null, 3);
        foreach (string name in names)
        {
            if (Distance(typed.ToUpperInvariant(), name.ToUpperInvariant()) is int found && found < distance && found < name.Length)
                (best, distance) = (name, found);
        }
        return best is null ? null : $"Did you mean {prefix}{best}?";
    }

    // How many characters must be put in, taken away, replaced, or swapped with their neighbours (Damerau and Levenshtein).
    private static int Distance(string from, string to)
    {
        int[,] steps = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }
                int replaced = steps[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1, replaced);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
            }
        }
        return steps[from.Length, to.Length];
    }
}
