using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NsTools.Builds.Contexts;

/// <summary>
/// A pattern of Go's <c>filepath.Match</c>: <c>*</c> and <c>?</c> do not pass a slash, <c>[a-z]</c> and <c>[^a-z]</c> are one
/// character, a backslash takes the next one's meaning away. With <c>**</c>, as .dockerignore has it, any number of directories too.
/// </summary>
internal sealed class GoPattern
{
    private readonly Regex? _expression;

    private GoPattern(string text, Regex? expression) => (Text, _expression) = (text, expression);

    /// <summary>The pattern.</summary>
    public string Text { get; }

    /// <summary>True where it can match no other path than itself.</summary>
    public bool IsLiteral => _expression is null;

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="hasDoubleStar"><c>**</c> passes slashes.</param>
    /// <exception cref="NsToolsException">It is none (<c>InvalidPattern</c>): a bracket has no end, or nothing follows a backslash.</exception>
    public static GoPattern Parse(string pattern, bool hasDoubleStar = false)
    {
        if (pattern.AsSpan().IndexOfAny("*?[\\") < 0)
            return new GoPattern(pattern, null);
        StringBuilder source = new(@"\A");
        for (int index = 0; index < pattern.Length; index++)
        {
            switch (pattern[index])
            {
                case '*' when hasDoubleStar && index + 1 < pattern.Length && pattern[index + 1] == '*':
                    index++;
                    AddDoubleStar(pattern, ref index, source);
                    break;
                case '*':
                    source.Append("[^/]*");
                    break;
                case '?':
                    source.Append("[^/]");
                    break;
                case '[':
                    AddClass(pattern, ref index, source);
                    break;
                case '\\' when index + 1 == pattern.Length:
                    throw Invalid(pattern, "nothing follows its last backslash");
                case '\\':
                    AddCharacter(pattern[++index], source);
                    break;
                default:
                    AddCharacter(pattern[index], source);
                    break;
            }
        }
        // Without backtracking, since the pattern may be a stranger's.
        return new GoPattern(pattern, new Regex(source.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline));
    }

    /// <summary>The pattern that a path alone is.</summary>
    /// <param name="path">The path.</param>
    public static string Escape(string path) => string.Concat(path.Select(character => character is '*' or '?' or '[' or '\\' ? $"\\{character}" : $"{character}"));

    /// <summary>Whether a path is what the pattern says, all of it.</summary>
    /// <param name="path">The path.</param>
    public bool IsMatch(string path) => _expression?.IsMatch(path) ?? path == Text;

    // "**/a" is a in any directory and in none; "a/**" is all that a has; elsewhere it is any text.
    private static void AddDoubleStar(string pattern, ref int index, StringBuilder source)
    {
        if (index + 1 == pattern.Length)
        {
            source.Append(".*");
            return;
        }
        if (pattern[index + 1] == '/')
            index++;
        source.Append("(?:.*/)?");
    }

    private static void AddClass(string pattern, ref int index, StringBuilder source)
    {
        int start = index++;
        bool isNegated = index < pattern.Length && pattern[index] == '^';
        if (isNegated)
            index++;
        // Go's classes may match a slash where they name it, and a negated one always does.
        source.Append(isNegated ? "[^" : "[");
        for (bool isEmpty = true; ; isEmpty = false)
        {
            if (index < pattern.Length && pattern[index] == ']' && !isEmpty)
            {
                source.Append(']');
                return;
            }
            char low = ClassCharacter(pattern, ref index, start);
            char high = low;
            if (index < pattern.Length && pattern[index] == '-')
            {
                index++;
                high = ClassCharacter(pattern, ref index, start);
            }
            // Go takes a range whose end is before its start, and it matches nothing; an expression would be refused.
            if (low <= high)
                source.Append(CultureInfo.InvariantCulture, $"\\u{(int)low:X4}-\\u{(int)high:X4}");
            else
                source.Append(@"\u0000");
        }
    }

    private static char ClassCharacter(string pattern, ref int index, int start)
    {
        if (index >= pattern.Length || pattern[index] is '-' or ']')
            throw Invalid(pattern, $"the bracket at {start + 1} has no end, or a range without one");
        if (pattern[index] == '\\' && ++index >= pattern.Length)
            throw Invalid(pattern, "nothing follows its last backslash");
        return pattern[index++];
    }

    private static void AddCharacter(char character, StringBuilder source) => source.Append(Regex.Escape(character.ToString()));

    private static NsToolsException Invalid(string pattern, string reason) => new(
        FailureKind.InvalidArgument, "InvalidPattern", $"'{pattern}' is no pattern: {reason}.", "A backslash before *, ?, [ and \\ takes their meaning away.");
}
