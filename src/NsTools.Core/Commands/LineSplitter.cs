using System.Text;

namespace NsTools.Commands;

/// <summary>Makes lines of bytes as they come, in whatever pieces; a character can begin in one and end in the next.</summary>
public sealed class LineSplitter
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();

    /// <summary>Takes bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="emit">Gets each line that is now complete, without its end.</param>
    public void Add(ReadOnlySpan<byte> bytes, Action<string> emit)
    {
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        ReadOnlySpan<char> text = characters.AsSpan(0, _decoder.GetChars(bytes, characters, flush: false));
        for (int end; (end = text.IndexOf('\n')) >= 0; text = text[(end + 1)..])
        {
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
