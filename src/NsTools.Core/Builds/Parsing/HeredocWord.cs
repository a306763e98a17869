namespace NsTools.Builds.Parsing;

/// <summary>A word such as <c>&lt;&lt;-EOF</c> that announces a text.</summary>
/// <param name="Name">The word that ends the text, without quotes.</param>
/// <param name="FileDescriptor">The number before it.</param>
/// <param name="IsExpanded">False where the name is quoted.</param>
/// <param name="StripsTabs">True for <c>&lt;&lt;-</c>.</param>
internal sealed record HeredocWord(string Name, int FileDescriptor, bool IsExpanded, bool StripsTabs)
{
    /// <summary>The words of a line that announce texts, in their order; none where its quotes are not whole: a shell will say so.</summary>
    /// <param name="line">The line.</param>
    public static IReadOnlyList<HeredocWord> In(string line)
    {
        if (!line.Contains("<<", StringComparison.Ordinal))
            return [];
        try
        {
            // The builders use the backslash here, whatever the escape character is.
            ShellLexer lexer = new(line, '\\', _ => null) { KeepsQuotes = true, KeepsEscapes = true, KeepsUnset = true };
            return [.. lexer.ExpandWords().Select(Parse).OfType<HeredocWord>()];
        }
        catch (SyntaxException)
        {
            return [];
        }
    }

    /// <summary>Reads a word; null where it announces no text.</summary>
    /// <param name="word">The word, with its quotes.</param>
    public static HeredocWord? Parse(string word)
    {
        int sign = word.IndexOf("<<", StringComparison.Ordinal);
        if (sign < 0 || (sign > 0 && !int.TryParse(word[..sign], System.Globalization.NumberStyles.None, null, out _)))
            return null;
        string rest = word[(sign + 2)..];
        bool stripsTabs = rest.StartsWith('-');
        rest = rest[(stripsTabs ? 1 : 0)..].TrimStart();
        if (rest.Length == 0 || rest.Contains('<'))
            return null;
        try
        {
            if (new ShellLexer(rest, '\\', _ => null) { KeepsUnset = true }.ExpandWords() is not [string name])
                return null;
            // Any quote that is gone was there to keep variables from being expanded (POSIX, "Here-Document").
            bool isQuoted = rest.Count(IsQuote) != name.Count(IsQuote);
            return new HeredocWord(name, sign == 0 ? 0 : int.Parse(word[..sign], System.Globalization.CultureInfo.InvariantCulture), !isQuoted, stripsTabs);
        }
        catch (SyntaxException)
        {
            return null;
        }
    }

    private static bool IsQuote(char character) => character is '\'' or '"';
}
