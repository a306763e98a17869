using System.Text;
using System.Text.RegularExpressions;

namespace NsTools.Builds.Parsing;

/// <summary>
/// A shell's pattern in <c>${name#pattern}</c> and its kin: <c>*</c> is any text, <c>?</c> any character, a backslash takes their
/// meaning away (POSIX, "Pattern Matching Notation", without brackets, as the builders have it).
/// </summary>
internal sealed class ShellPattern
{
    // Each an expression for one character of the pattern, so that the pattern can be read from its end too.
    private readonly List<string> _parts;

    private ShellPattern(List<string> parts) => _parts = parts;

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="index">Where it is, for an error.</param>
    /// <exception cref="SyntaxException">A backslash stands before what needs none.</exception>
    public static ShellPattern Parse(string pattern, int index)
    {
        List<string> parts = [];
        for (int i = 0; i < pattern.Length; i++)
        {
            char character = pattern[i];
            if (character == '\\')
            {
                char next = i + 1 < pattern.Length ? pattern[++i] : '\0';
                if (next is not ('*' or '?' or '\\' or '}' or '/'))
                    throw new SyntaxException(index, $"'\\{(next == '\0' ? "" : next)}' is no escape in a pattern", "Only * ? \\ } and / are escaped there.");
                parts.Add(Regex.Escape(next.ToString()));
            }
            else
            {
                parts.Add(character switch { '*' => "*", '?' => ".", _ => Regex.Escape(character.ToString()) });
            }
        }
        return new ShellPattern(parts);
    }

    /// <summary>A text without the pattern at its start.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isLongest">Takes as much as matches rather than as little.</param>
    public string TrimStart(string text, bool isLongest) =>
        Expression("^" + Source(_parts, isLongest)).Match(text) is { Success: true } match ? text[match.Length..] : text;

    /// <summary>A text without the pattern at its end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isLongest">Takes as much as matches rather than as little.</param>
    public string TrimEnd(string text, bool isLongest)
    {
        // An expression finds the leftmost match: the shortest one at the end is the shortest one at the start of the reverse.
        string reversed = Reverse(text);
        Match match = Expression("^" + Source(Enumerable.Reverse(_parts), isLongest)).Match(reversed);
        return match.Success ? Reverse(reversed[match.Length..]) : text;
    }

    /// <summary>A text with what matches replaced.</summary>
    /// <param name="text">The text.</param>
    /// <param name="replacement">By what.</param>
    /// <param name="isAll">Everywhere rather than at the first place.</param>
    public string Replace(string text, string replacement, bool isAll) =>
        Expression(Source(_parts, isLongest: true)).Replace(text, _ => replacement, isAll ? -1 : 1);

    private static string Source(IEnumerable<string> parts, bool isLongest)
    {
        StringBuilder source = new();
        foreach (string part in parts)
            source.Append(part == "*" ? isLongest ? ".*" : ".*?" : part);
        return source.ToString();
    }

    // Without backtracking, since the pattern is a stranger's.
    private static Regex Expression(string source) => new(source, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static string Reverse(string text)
    {
        char[] characters = text.ToCharArray();
        Array.Reverse(characters);
        return new string(characters);
    }
}
