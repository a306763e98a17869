namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// A file read from front to back through a big buffer, whose first bytes have been looked at already. Its position,
/// which SharpCompress's xz reader asks for, is what the reader has taken, not what was read ahead.
/// </summary>
/// <param name="file">The file; owned.</param>
/// <param name="start">What has been read of it.</param>
internal sealed class MeteredStream(Stream file, byte[] start) : ForwardStream
{
    private const int BufferSize = 256 * 1024;
    private byte[] _buffer = start;
    private int _offset;
    private int _length = start.Length;
    private long _taken;

    /// <summary>Bytes taken so far; may be asked from any thread.</summary>
    public long BytesRead => Interlocked.Read(ref _taken);

    /// <inheritdoc/>
    public override long Position
    {
        get => BytesRead;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_offset == _length && !buffer.IsEmpty)
            Fill();
        int count = Math.Min(buffer.Length, _length - _offset);
        _buffer.AsSpan(_offset, count).CopyTo(buffer);
        _offset += count;
        Interlocked.Add(ref _taken, count);
        return count;
    }

    /// <summary>The next byte, which is not taken; -1 at the end.</summary>
    public int Peek()
    {
        if (_offset == _length)
            Fill();
        return _offset < _length ? _buffer[_offset] : -1;
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        Span<byte> single = stackalloc byte[1];
        return Read(single) == 1 ? single[0] : -1;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        if (_buffer.Length < BufferSize)
            _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        _offset = 0;
        _length = file.Read(_buffer);
    }
}
