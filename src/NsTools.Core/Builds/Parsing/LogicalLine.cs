using System.Text;

namespace NsTools.Builds.Parsing;

/// <summary>An instruction in one line, which knows where in the file each of its characters is.</summary>
internal sealed class LogicalLine
{
    private readonly StringBuilder _text = new();
    private readonly List<(int Start, int Line, int Column)> _parts = [];
    private string? _whole;

    /// <summary>The line.</summary>
    public string Text => _whole ??= _text.ToString();

    /// <summary>The last line of the file that it takes.</summary>
    public int EndLine { get; set; }

    /// <summary>True where an empty line stands between its parts.</summary>
    public int? EmptyLine { get; set; }

    /// <summary>Adds a part.</summary>
    /// <param name="part">Its text.</param>
    /// <param name="line">Its line in the file, from 1.</param>
    /// <param name="column">Its column there, from 1.</param>
    public void Add(ReadOnlySpan<char> part, int line, int column)
    {
        _parts.Add((_text.Length, line, column));
        _text.Append(part);
        EndLine = line;
    }

    /// <summary>Where in the file a character is.</summary>
    /// <param name="index">Its index in <see cref="Text"/>.</param>
    public (int Line, int Column) At(int index)
    {
        int low = 0;
        for (int high = _parts.Count - 1; low < high;)
        {
            int middle = (low + high + 1) / 2;
            if (_parts[middle].Start <= index)
                low = middle;
            else
                high = middle - 1;
        }
        return (_parts[low].Line, _parts[low].Column + index - _parts[low].Start);
    }
}
