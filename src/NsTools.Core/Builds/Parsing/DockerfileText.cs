namespace NsTools.Builds.Parsing;

/// <summary>The lines of a Dockerfile, without their ends.</summary>
internal sealed class DockerfileText
{
    private readonly string _text;
    private readonly List<(int Start, int End, int Next)> _lines = [];

    /// <summary>Finds the lines of a text.</summary>
    /// <param name="text">The text; a byte order mark at its start is not part of it.</param>
    public DockerfileText(string text)
    {
        _text = text;
        for (int start = text.StartsWith('\uFEFF') ? 1 : 0; start < text.Length;)
        {
            int feed = text.IndexOf('\n', start);
            int next = feed < 0 ? text.Length : feed + 1;
            int end = feed < 0 ? text.Length : feed;
            while (end > start && text[end - 1] == '\r')
                end--;
            _lines.Add((start, end, next));
            start = next;
        }
    }

    /// <summary>How many lines there are.</summary>
    public int Count => _lines.Count;

    /// <summary>A line without its end.</summary>
    /// <param name="number">Its number, from 1.</param>
    public ReadOnlySpan<char> Line(int number) => _text.AsSpan(_lines[number - 1].Start.._lines[number - 1].End);

    /// <summary>Lines with their ends, but for the last one's where asked.</summary>
    /// <param name="first">The number of the first line, from 1.</param>
    /// <param name="last">The number of the last one; nothing where it is less than the first.</param>
    /// <param name="withLastEnd">With the end of the last line.</param>
    public string Lines(int first, int last, bool withLastEnd) =>
        last < first ? "" : _text[_lines[first - 1].Start..(withLastEnd ? _lines[last - 1].Next : _lines[last - 1].End)];
}
