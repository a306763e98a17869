using System.IO.Compression;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// The content of a gzip file that must be whole. <see cref="GZipStream"/> takes the end of its input for the end of
/// its content, wherever that comes. So a member of our own with random content is put after the file's end (RFC 1952,
/// 2.2: a file is a series of members): only when all before it was whole is it decompressed too.
/// </summary>
internal sealed class WholeGzipStream : ForwardStream
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
    private sealed class ContinuedStream(Stream first, byte[] then) : ForwardStream
    {
        private int _offset;

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

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                first.Dispose();
            base.Dispose(disposing);
        }
    }
}
