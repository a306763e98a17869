using SharpCompress.Compressors.Xz;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// The content of all xz streams in a file, one after the other with padding between them (The .xz File Format, 2);
/// SharpCompress reads one.
/// </summary>
/// <param name="compressed">The file.</param>
internal sealed class XzSeriesStream(MeteredStream compressed) : Stream
{
    private XZStream _current = new(compressed);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        while (true)
        {
            int read = _current.Read(buffer, offset, count);
            if (read > 0 || count == 0)
                return read;
            while (compressed.Peek() == 0)
                compressed.ReadByte();
            if (compressed.Peek() < 0)
                return 0;
            _current = new XZStream(compressed);
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _current.Dispose();
        base.Dispose(disposing);
    }
}
