using System.Text;

namespace NsTools.Commands;

/// <summary>Makes lines of bytes as they come, in whatever pieces; a character can begin in one and end in the next.</summary>
public sealed class LineSplitter
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();
    private char[] _characters = [];

    /// <summary>Takes bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="emit">Gets each line that is now complete, without its end.</param>
    public void Add(ReadOnlySpan<byte> bytes, Action<string> emit)
    {
        // Kept: a pipe's read makes an array that the garbage collector takes for a large object.
        int maximum = Encoding.UTF8.GetMaxCharCount(bytes.Length);
        if (_characters.Length < maximum)
            _characters = new char[maximum];
        ReadOnlySpan<char> text = _characters.AsSpan(0, _decoder.GetChars(bytes, _characters, flush: false));
        for (int end; (end = text.IndexOf('\n')) >= 0; text = text[(end + 1)..])
        {
            if (_line.Length == 0)
            {
                emit((end > 0 && text[end - 1] == '\r' ? text[..(end - 1)] : text[..end]).ToString());
                continue;
            }
            _line.Append(text[..end]);
            Emit(emit);
        }
        _line.Append(text);
    }

    /// <summary>No more comes: what is left is a line, too.</summary>
    /// <param name="emit">Gets it, when there is any.</param>
    public void Finish(Action<string> emit)
    {
        char[] rest = new char[4];
        _line.Append(rest, 0, _decoder.GetChars([], rest, flush: true));
        if (_line.Length > 0)
            Emit(emit);
    }

    private void Emit(Action<string> emit)
    {
        if (_line.Length > 0 && _line[^1] == '\r')
            _line.Length--;
        string line = _line.ToString();
        _line.Clear();
        emit(line);
    }
}
