using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;

namespace NsTools.Shell.Sessions;

/// <summary>
/// A line editor for where there is no PSReadLine: cursor keys, history, Tab completion, Ctrl+C and Ctrl+D, further
/// lines while the input is incomplete. A line longer than the terminal scrolls sideways.
/// </summary>
internal sealed class LineEditor(Session session) : ILineReader
{
    private readonly List<string> _history = [];
    private StringBuilder _line = new();
    private int _cursor;
    private int _historyIndex;
    private CommandCompletion? _completion;

    /// <inheritdoc/>
    public string? ReadLine(string prompt)
    {
        string text = "";
        while (true)
        {
            if (ReadOne(text.Length == 0 ? prompt : ">> ") is not { } line)
                return null;
            if (line.Length == 0 && text.Length > 0)
                return text;
            text = text.Length == 0 ? line : $"{text}\n{line}";
            Parser.ParseInput(text, out _, out ParseError[] errors);
            if (!errors.Any(error => error.IncompleteInput))
                return text;
        }
    }

    private string? ReadOne(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            Console.Out.Write(prompt);
            return Console.In.ReadLine();
        }
        // Only the prompt's last line is redrawn.
        int lastLine = prompt.LastIndexOf('\n') + 1;
        Console.Out.Write(prompt[..lastLine]);
        (_line, _cursor, _historyIndex, _completion) = (new StringBuilder(), 0, _history.Count, null);
        // Ctrl+C is then a key, which drops the line and nothing else.
        Console.TreatControlCAsInput = true;
        try
        {
            while (true)
            {
                Draw(prompt[lastLine..]);
                ConsoleKeyInfo key = Console.ReadKey(intercept: true);
                switch (key)
                {
                    case { Key: ConsoleKey.Enter }:
                        return Finish("");
                    case { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control }:
                        _line.Clear();
                        return Finish("^C");
                    case { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } when _line.Length == 0:
                        Finish("");
                        return null;
                    default:
                        Apply(key);
                        break;
                }
            }
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    private string Finish(string mark)
    {
        Console.Out.WriteLine(mark);
        string line = _line.ToString();
        if (line.Length > 0 && (_history.Count == 0 || _history[^1] != line))
            _history.Add(line);
        return line;
    }

    private void Apply(ConsoleKeyInfo key)
    {
        if (key.Key != ConsoleKey.Tab)
            _completion = null;
        switch (key.Key)
        {
            case ConsoleKey.Tab:
                Complete(forward: !key.Modifiers.HasFlag(ConsoleModifiers.Shift));
                break;
            case ConsoleKey.LeftArrow:
                _cursor = Math.Max(_cursor - 1, 0);
                break;
            case ConsoleKey.RightArrow:
                _cursor = Math.Min(_cursor + 1, _line.Length);
                break;
            case ConsoleKey.Home:
                _cursor = 0;
                break;
            case ConsoleKey.End:
                _cursor = _line.Length;
                break;
            case ConsoleKey.UpArrow:
                Recall(_historyIndex - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_historyIndex + 1);
                break;
            case ConsoleKey.Backspace when _cursor > 0:
                _line.Remove(--_cursor, 1);
                break;
            case ConsoleKey.Delete when _cursor < _line.Length:
                _line.Remove(_cursor, 1);
                break;
            case ConsoleKey.Escape:
                _line.Clear();
                _cursor = 0;
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                    _line.Insert(_cursor++, key.KeyChar);
                break;
        }
    }

    private void Recall(int index)
    {
        if (index < 0 || index > _history.Count)
            return;
        _historyIndex = index;
        _line = new StringBuilder(index == _history.Count ? "" : _history[index]);
        _cursor = _line.Length;
    }

    private void Complete(bool forward)
    {
        _completion ??= session.Complete(_line.ToString(), _cursor);
        // A second Tab takes the next match in the place of the first.
        if (_completion.GetNextResult(forward) is not { } match)
            return;
        _line.Remove(_completion.ReplacementIndex, _completion.ReplacementLength).Insert(_completion.ReplacementIndex, match.CompletionText);
        _completion.ReplacementLength = match.CompletionText.Length;
        _cursor = _completion.ReplacementIndex + _completion.ReplacementLength;
    }

    private void Draw(string prompt)
    {
        int room = Math.Max(Console.WindowWidth - prompt.Length - 1, 10);
        int first = Math.Max(_cursor - room, 0);
        string shown = _line.ToString(first, Math.Min(room, _line.Length - first));
        Console.Out.Write($"\r{prompt}{shown}\e[K\r\e[{prompt.Length + _cursor - first}C");
    }
}
