using System.Text;

namespace NsTools.Builds.Parsing;

/// <summary>
/// Expands <c>$name</c> and <c>${name…}</c> in a word and takes its quotes and escapes away, as the builder does it where no shell
/// runs (Dockerfile reference, "Environment replacement").
/// </summary>
internal sealed class ShellLexer
{
    // What ${a:-${b:-…}} may nest; each level is a call.
    private const int DeepestNesting = 100;

    private readonly string _word;
    private readonly char _escape;
    private readonly Func<string, string?> _variables;
    private int _index;
    private int _depth;

    /// <summary>Begins with a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="escape">The escape character.</param>
    /// <param name="variables">Gives a variable's value, null for one that is not set.</param>
    public ShellLexer(string word, char escape, Func<string, string?> variables) => (_word, _escape, _variables) = (word, escape, variables);

    /// <summary>Leaves quotes where they are.</summary>
    public bool KeepsQuotes { get; init; }

    /// <summary>Takes quotes for characters as any other: those of a text below an instruction.</summary>
    public bool IgnoresQuotes { get; init; }

    /// <summary>Leaves escape characters where they are.</summary>
    public bool KeepsEscapes { get; init; }

    /// <summary>Leaves variables that are not set as they are written.</summary>
    public bool KeepsUnset { get; init; }

    /// <summary>The variables that were looked for and are not set.</summary>
    public HashSet<string> Unset { get; } = new(StringComparer.Ordinal);

    /// <summary>The word, expanded.</summary>
    /// <exception cref="SyntaxException">A quote or a brace has no end, or a modifier is none.</exception>
    public string Expand()
    {
        LexedWords words = new();
        Lex('\0', KeepsEscapes, words);
        return words.Whole;
    }

    /// <summary>The words that the line makes once it is expanded; blanks in quotes part none.</summary>
    /// <exception cref="SyntaxException">A quote or a brace has no end, or a modifier is none.</exception>
    public IReadOnlyList<string> ExpandWords()
    {
        LexedWords words = new();
        Lex('\0', KeepsEscapes, words);
        return words.Words;
    }

    private bool IsAtEnd => _index >= _word.Length;

    private char Peek => IsAtEnd ? '\0' : _word[_index];

    // Up to a character, which is taken too; to the end for none.
    private void Lex(char stop, bool keepsEscapes, LexedWords words)
    {
        int start = _index;
        while (!IsAtEnd)
        {
            char character = _word[_index];
            if (stop != '\0' && character == stop)
            {
                _index++;
                return;
            }
            switch (character)
            {
                case '\'' when !IgnoresQuotes:
                    words.AddQuoted(SingleQuoted());
                    break;
                case '"' when !IgnoresQuotes:
                    words.AddQuoted(DoubleQuoted(keepsEscapes));
                    break;
                case '$':
                    words.Add(Variable());
                    break;
                case '<' when _word.AsSpan(_index).StartsWith("<<", StringComparison.Ordinal):
                    // A heredoc's word may stand apart from its <<.
                    int first = _index;
                    for (_index += 2; Peek is '\t' or '\r' or ' '; _index++)
                    {
                    }
                    words.AddQuoted(_word[first.._index]);
                    break;
                default:
                    _index++;
                    if (character != _escape)
                    {
                        words.Add(character);
                        break;
                    }
                    if (keepsEscapes)
                        words.AddQuoted(character);
                    if (!IsAtEnd)
                        words.AddQuoted(_word[_index++]);
                    break;
            }
        }
        if (stop != '\0')
            throw new SyntaxException(start, $"'{stop}' is missing", "Close what is opened here.");
    }

    private string SingleQuoted()
    {
        int start = _index;
        int end = _word.IndexOf('\'', start + 1);
        if (end < 0)
            throw new SyntaxException(start, "the single quote has no end", "Close it, or escape it.");
        _index = end + 1;
        return KeepsQuotes ? _word[start..(end + 1)] : _word[(start + 1)..end];
    }

    // All but variables is as it is; what the escape character takes away is only its own meaning, a quote's and a dollar's.
    private string DoubleQuoted(bool keepsEscapes)
    {
        int start = _index++;
        StringBuilder text = new(KeepsQuotes ? "\"" : "");
        while (Peek != '"')
        {
            if (IsAtEnd)
                throw new SyntaxException(start, "the double quote has no end", "Close it, or escape it.");
            char character = Peek;
            if (character == '$')
            {
                text.Append(Variable());
                continue;
            }
            _index++;
            if (character == _escape)
            {
                if (keepsEscapes)
                    text.Append(character);
                if (IsAtEnd)
                    continue;
                if (Peek is '"' or '$' || Peek == _escape)
                    character = _word[_index++];
                else if (keepsEscapes)
                    continue;
            }
            text.Append(character);
        }
        _index++;
        return KeepsQuotes ? text.Append('"').ToString() : text.ToString();
    }

    private string Variable()
    {
        int start = _index++;
        if (Peek != '{')
        {
            string plain = Name();
            if (plain.Length == 0)
                return "$";
            return ValueOf(plain) ?? (KeepsUnset ? _word[start.._index] : "");
        }
        if (++_depth > DeepestNesting)
            throw new SyntaxException(start, $"more than {DeepestNesting} substitutions are in each other");
        _index++;
        if (IsAtEnd)
            throw new SyntaxException(start, "'}' is missing", "Close the substitution.");
        if (Peek is '{' or '}' or ':')
            throw new SyntaxException(start, "a substitution begins with a variable's name", "Write ${name}; a dollar that is none is escaped.");
        string value = Modified(start, Name());
        _depth--;
        return value;
    }

    private string Modified(int start, string name)
    {
        if (IsAtEnd)
            throw new SyntaxException(start, "'}' is missing", "Close the substitution.");
        char modifier = _word[_index++];
        if (modifier == '}')
            return ValueOf(name) ?? (KeepsUnset ? _word[start.._index] : "");
        bool emptyIsUnset = modifier == ':';
        if (emptyIsUnset && IsAtEnd)
            throw new SyntaxException(start, "'}' is missing", "Close the substitution.");
        if (emptyIsUnset)
            modifier = _word[_index++];
        if (modifier == '/' && !emptyIsUnset)
            return Replaced(start, name);
        if (modifier is not ('+' or '-' or '?' or '#' or '%') || (emptyIsUnset && modifier is '#' or '%'))
            throw new SyntaxException(start, $"'{(emptyIsUnset ? ":" : "")}{modifier}' is no modifier of a variable", "There are :- - :+ + :? ? # ## % %% / and //.");
        string word = Inner('}', keepsEscapes: modifier is '#' or '%');
        string? value = ValueOf(name);
        if (value is null && KeepsUnset)
            return _word[start.._index];
        bool isUnset = value is null || (emptyIsUnset && value.Length == 0);
        return modifier switch
        {
            '-' => isUnset ? word : value!,
            '+' => isUnset ? "" : word,
            '?' => !isUnset ? value! : throw new SyntaxException(start, $"{name}: {(word.Length > 0 ? word : $"is not set{(emptyIsUnset ? " or empty" : "")}")}"),
            _ => Trimmed(start, value ?? "", word, modifier),
        };
    }

    private string Replaced(int start, string name)
    {
        bool isAll = Peek == '/';
        if (isAll)
            _index++;
        string pattern = Inner('/', keepsEscapes: true);
        string replacement = Inner('}', keepsEscapes: true);
        string? value = ValueOf(name);
        if (value is null && KeepsUnset)
            return _word[start.._index];
        return ShellPattern.Parse(pattern, start).Replace(value ?? "", replacement, isAll);
    }

    private static string Trimmed(int start, string value, string pattern, char side)
    {
        bool isLongest = pattern.StartsWith(side);
        ShellPattern shell = ShellPattern.Parse(isLongest ? pattern[1..] : pattern, start);
        return side == '#' ? shell.TrimStart(value, isLongest) : shell.TrimEnd(value, isLongest);
    }

    private string Inner(char stop, bool keepsEscapes)
    {
        LexedWords words = new();
        Lex(stop, keepsEscapes, words);
        return words.Whole;
    }

    private string? ValueOf(string name)
    {
        string? value = _variables(name);
        if (value is null)
            Unset.Add(name);
        return value;
    }

    // Letters, digits and underscores; digits alone; or one of the shell's special parameters (POSIX, "Special Parameters").
    private string Name()
    {
        int start = _index;
        if (char.IsAsciiDigit(Peek))
        {
            while (char.IsAsciiDigit(Peek))
                _index++;
        }
        else if (Peek is '@' or '*' or '#' or '?' or '-' or '$' or '!')
        {
            _index++;
        }
        else
        {
            while (char.IsLetterOrDigit(Peek) || Peek == '_')
                _index++;
        }
        return _word[start.._index];
    }
}
