using System.Text;

namespace NsTools.Builds.Parsing;

/// <summary>A word of an instruction's line.</summary>
/// <param name="Text">The word.</param>
/// <param name="Index">Where in the line it begins.</param>
internal readonly record struct Word(string Text, int Index);

/// <summary>Splits an instruction's line into words: quotes keep blanks together, the escape character takes the next one as it is.</summary>
/// <param name="line">The line.</param>
/// <param name="escape">The escape character.</param>
internal readonly struct WordSplitter(string line, char escape)
{
    /// <summary>Takes the options at the start of the arguments: words that begin with <c>--</c>, until <c>--</c> itself or another word.</summary>
    /// <param name="index">Where the arguments begin; afterwards where the rest of them does.</param>
    /// <returns>The options, without quotes and escapes.</returns>
    public List<Word> TakeFlags(ref int index)
    {
        List<Word> flags = [];
        while (true)
        {
            index = SkipBlanks(index);
            if (index + 1 >= line.Length || line[index] != '-' || line[index + 1] != '-')
                return flags;
            int start = index;
            Word flag = new(TakeWord(ref index, isRaw: false), start);
            if (flag.Text == "--")
            {
                index = SkipBlanks(index);
                return flags;
            }
            flags.Add(flag);
        }
    }

    /// <summary>The words from an index on, with their quotes and escapes.</summary>
    /// <param name="index">Where they begin.</param>
    public List<Word> QuotedWords(int index)
    {
        List<Word> words = [];
        while ((index = SkipBlanks(index)) < line.Length)
        {
            int start = index;
            string word = TakeWord(ref index, isRaw: true);
            if (word.Length > 0)
                words.Add(new Word(word, start));
        }
        return words;
    }

    /// <summary>The words from an index on, for whose splitting quotes and escapes are characters as any other.</summary>
    /// <param name="index">Where they begin.</param>
    public List<Word> PlainWords(int index)
    {
        List<Word> words = [];
        while ((index = SkipBlanks(index)) < line.Length)
        {
            int start = index;
            while (index < line.Length && !char.IsWhiteSpace(line[index]))
                index++;
            words.Add(new Word(line[start..index], start));
        }
        return words;
    }

    /// <summary>The first index from one on that is no blank's.</summary>
    /// <param name="index">Where to begin.</param>
    public int SkipBlanks(int index)
    {
        while (index < line.Length && char.IsWhiteSpace(line[index]))
            index++;
        return index;
    }

    private string TakeWord(ref int index, bool isRaw)
    {
        StringBuilder word = new();
        char quote = '\0';
        for (; index < line.Length; index++)
        {
            char character = line[index];
            if (quote == '\0' && char.IsWhiteSpace(character))
                break;
            // Nothing is escaped between single quotes, but in options, where the builders never told the quotes apart.
            if (character == escape && (quote != '\'' || !isRaw))
            {
                if (index + 1 == line.Length)
                    continue;
                if (isRaw)
                    word.Append(character);
                word.Append(line[++index]);
                continue;
            }
            bool isQuote = quote == '\0' ? character is '\'' or '"' : character == quote;
            if (isQuote)
                quote = quote == '\0' ? character : '\0';
            if (!isQuote || isRaw)
                word.Append(character);
        }
        return word.ToString();
    }
}
