using System.Text;

namespace NsTools.Builds.Parsing;

/// <summary>What a <see cref="ShellLexer"/> has read: the whole, and the words that blanks part.</summary>
internal sealed class LexedWords
{
    private readonly StringBuilder _whole = new();
    private readonly StringBuilder _word = new();
    private readonly List<string> _words = [];

    /// <summary>All of it as one.</summary>
    public string Whole => _whole.ToString();

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words
    {
        get
        {
            EndWord();
            return _words;
        }
    }

    /// <summary>Adds a character that parts words where it is blank.</summary>
    public void Add(char character)
    {
        _whole.Append(character);
        if (char.IsWhiteSpace(character))
            EndWord();
        else
            _word.Append(character);
    }

    /// <summary>Adds text whose blanks part words.</summary>
    public void Add(string text)
    {
        foreach (char character in text)
            Add(character);
    }

    /// <summary>Adds a character that parts no words.</summary>
    public void AddQuoted(char character)
    {
        _whole.Append(character);
        _word.Append(character);
    }

    /// <summary>Adds text whose blanks part no words.</summary>
    public void AddQuoted(string text)
    {
        _whole.Append(text);
        _word.Append(text);
    }

    private void EndWord()
    {
        if (_word.Length == 0)
            return;
        _words.Add(_word.ToString());
        _word.Clear();
    }
}
