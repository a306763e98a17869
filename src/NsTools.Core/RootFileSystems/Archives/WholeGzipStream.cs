using System.IO.Compression;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// The content of a gzip file that must be whole. <see cref="GZipStream"/> takes the end of its input for the end of
/// its content, wherever that comes. So a member of our own with random content is put after the file's end (RFC 1952,
/// 2.2: a file is a series of members): only when all before it was whole is it decompressed too.
/// </summary>
internal sealed class WholeGzipStream : Stream
{
    private const int MarkLength = 16;
    private readonly byte[] _mark = Guid.NewGuid().ToByteArray();
    private readonly byte[] _held = new byte[MarkLength];
    private readonly GZipStream _gzip;
    private bool _isPrimed;

    /// <summary>Reads a gzip file.</summary>
    /// <param name="compressed">The file.</param>
    public WholeGzipStream(Stream compressed) =>
        _gzip = new GZipStream(new ContinuedStream(compressed, Compress(_mark)), CompressionMode.Decompress);

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
    /// <exception cref="EndOfStreamException">The file is truncated.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public override int Read(Span<byte> buffer)
    {
        // The last bytes read are always held back: at the end they must be the mark.
        if (!_isPrimed)
        {
            if (_gzip.ReadAtLeast(_held, MarkLength, throwOnEndOfStream: false) < MarkLength)
                throw new EndOfStreamException("it ends before its content does");
            _isPrimed = true;
        }
        if (buffer.Length <= MarkLength)
            return ReadLittle(buffer);
        int read = _gzip.Read(buffer[MarkLength..]);
        if (read == 0)
            return End();
        _held.CopyTo(buffer);
        buffer.Slice(read, MarkLength).CopyTo(_held);
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

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
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private int ReadLittle(Span<byte> buffer)
    {
        Span<byte> fresh = stackalloc byte[MarkLength];
        int read = _gzip.Read(fresh[..buffer.Length]);
        if (read == 0)
            return buffer.IsEmpty ? 0 : End();
        _held.AsSpan(0, read).CopyTo(buffer);
        _held.AsSpan(read).CopyTo(_held);
        fresh[..read].CopyTo(_held.AsSpan(MarkLength - read));
        return read;
    }

    private int End() => _held.AsSpan().SequenceEqual(_mark)
        ? 0
        : throw new EndOfStreamException("it ends before its content does, or something else follows it");

    private static byte[] Compress(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.NoCompression))
            gzip.Write(content);
        return memory.ToArray();
    }

    /// <summary>A stream and then some bytes.</summary>
    private sealed class ContinuedStream(Stream first, byte[] then) : Stream
    {
        private int _offset;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            int read = _offset == 0 ? first.Read(buffer) : 0;
            if (read > 0)
                return read;
            read = Math.Min(buffer.Length, then.Length - _offset);
            then.AsSpan(_offset, read).CopyTo(buffer);
            _offset += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                first.Dispose();
            base.Dispose(disposing);
        }
    }
}
