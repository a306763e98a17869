using System.Buffers;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// The decompressed content of an archive file, read from front to back. A thread of its own reads and decompresses
/// ahead into a fixed set of buffers, so that decompression and the consumer's work overlap and memory stays the same
/// whatever the archive's size.
/// </summary>
internal sealed class ArchiveContent : IDisposable
{
    private const int BufferSize = 1 << 20;
    private const int BufferCount = 6;

    private readonly string _path;
    private readonly MeteredStream _file;
    private readonly Stream _content;
    private readonly IContentObserver? _observer;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _ending;
    private readonly SemaphoreSlim _free = new(BufferCount);
    private readonly SemaphoreSlim _filled = new(0);
    private readonly byte[]?[] _buffers = new byte[BufferCount][];
    private readonly int[] _lengths = new int[BufferCount];
    private readonly Thread _thread;
    private Exception? _failure;
    private int _index = -1;
    private int _offset;
    private int _length;
    private bool _ended;

    private ArchiveContent(string path, MeteredStream file, Compression compression, IContentObserver? observer, CancellationToken cancellation)
    {
        _path = path;
        _file = file;
        _observer = observer;
        Compression = compression;
        _content = Compressions.Decompress(compression, file);
        _cancellation = cancellation;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _thread = new Thread(ReadAhead) { IsBackground = true, Name = "NsTools archive reader" };
        _thread.Start();
    }

    /// <summary>How the archive is compressed.</summary>
    public Compression Compression { get; }

    /// <summary>Bytes taken of the decompressed content.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes read of the archive file; ahead of <see cref="Position"/>.</summary>
    public long ArchiveBytesRead => _file.BytesRead;

    /// <summary>Length of the archive file; 0 where it has none (a pipe).</summary>
    public long ArchiveLength { get; private init; }

    /// <summary>Opens an archive and begins to read it.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="cancellation">Ends all waiting.</param>
    /// <exception cref="NsToolsException">There is no such file, or it is none (<c>ArchiveNotFound</c>).</exception>
    public static ArchiveContent Open(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path))
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "ArchiveNotFound",
                Directory.Exists(path) ? $"'{path}' is a directory, not an archive." : $"There is no archive '{path}'.");
        }
        // Opening a pipe waits for a writer, and nothing could end that.
        using (SafeFileHandle looked = Descriptor.Open(path, LibC.O_PATH))
        {
            if (!FileContent.IsRegular(looked))
            {
                throw new NsToolsException(
                    FailureKind.InvalidArgument, "ArchiveNotAFile", $"'{path}' is not a regular file.", "Save what comes out of it to a file first.");
            }
        }
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        try
        {
            byte[] magic = new byte[Compressions.MagicLength];
            int length = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
            if (length == 0)
            {
                throw new NsToolsException(
                    FailureKind.InvalidData, "ArchiveTruncated", $"'{path}' is empty: it is no archive.", "Get the archive again.");
            }
            return Start(path, file, magic[..length], file.CanSeek ? file.Length : 0, null, cancellation);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Begins to read an archive from a stream. With an observer it is read to its very end, also behind what is compressed.</summary>
    /// <param name="stream">The archive; owned.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="length">Its length in bytes; 0 where unknown.</param>
    /// <param name="observer">Sees the decompressed content as it is read; null for none.</param>
    /// <param name="cancellation">Ends all waiting.</param>
    /// <exception cref="NsToolsException">It is empty (<c>ArchiveTruncated</c>).</exception>
    public static ArchiveContent Open(Stream stream, string name, long length, IContentObserver? observer, CancellationToken cancellation)
    {
        try
        {
            byte[] magic = new byte[Compressions.MagicLength];
            int read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
            return read > 0
                ? Start(name, stream, magic[..read], length, observer, cancellation)
                : throw new NsToolsException(FailureKind.InvalidData, "ArchiveTruncated", $"'{name}' is empty: it is no archive.", "Get the archive again.");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Takes what is at hand of the content, at most so many bytes; empty only at its end.</summary>
    /// <exception cref="NsToolsException">The archive is damaged or truncated (<c>ArchiveCorrupt</c>, <c>ArchiveTruncated</c>).</exception>
    public ReadOnlySpan<byte> Take(long most)
    {
        if (_offset == _length && !NextBuffer())
            return default;
        int count = (int)Math.Min(most, _length - _offset);
        ReadOnlySpan<byte> taken = _buffers[_index].AsSpan(_offset, count);
        _offset += count;
        Position += count;
        return taken;
    }

    /// <summary>Takes exactly as many bytes as fit.</summary>
    /// <returns>How many there were: fewer only at the content's end.</returns>
    public int Read(Span<byte> destination)
    {
        int total = 0;
        while (total < destination.Length)
        {
            ReadOnlySpan<byte> part = Take(destination.Length - total);
            if (part.IsEmpty)
                break;
            part.CopyTo(destination[total..]);
            total += part.Length;
        }
        return total;
    }

    /// <summary>The error for content that is not what it should be, with where.</summary>
    /// <param name="errorId">Its identifier.</param>
    /// <param name="problem">What is wrong, beginning in lower case.</param>
    /// <param name="offset">Where in the decompressed content.</param>
    public NsToolsException Invalid(string errorId, string problem, long offset) => new(
        FailureKind.InvalidData,
        errorId,
        Compression == Compression.None
            ? $"'{_path}', byte {offset}: {problem}."
            : $"'{_path}', byte {offset} of its decompressed content: {problem}.",
        "Get the archive again, or from a source that you trust.");

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Cancel();
        // A read from a pipe or a dead network file system may not end; the thread then ends with it, in the background.
        if (_thread.Join(TimeSpan.FromMilliseconds(500)))
        {
            _content.Dispose();
            _file.Dispose();
            _free.Dispose();
            _filled.Dispose();
            _ending.Dispose();
            foreach (byte[]? buffer in _buffers)
            {
                if (buffer is not null)
                    ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static ArchiveContent Start(string name, Stream stream, byte[] magic, long length, IContentObserver? observer, CancellationToken cancellation) =>
        new(name, new MeteredStream(stream, magic), Compressions.Detect(magic), observer, cancellation) { ArchiveLength = length };

    private bool NextBuffer()
    {
        if (_ended)
            return false;
        if (_index >= 0)
            _free.Release();
        _filled.Wait(_cancellation);
        _index = (_index + 1) % BufferCount;
        _offset = 0;
        _length = _lengths[_index];
        if (_length > 0)
            return true;
        _ended = true;
        return _failure is null ? false : throw Describe(_failure);
    }

    private void ReadAhead()
    {
        try
        {
            for (int index = 0; ; index = (index + 1) % BufferCount)
            {
                _free.Wait(_ending.Token);
                byte[] buffer = _buffers[index] ??= ArrayPool<byte>.Shared.Rent(BufferSize);
                int length = 0;
                try
                {
                    while (length < BufferSize && _content.Read(buffer, length, BufferSize - length) is > 0 and int read)
                    {
                        length += read;
                        _ending.Token.ThrowIfCancellationRequested();
                    }
                    if (length > 0)
                        _observer?.Take(buffer.AsSpan(0, length));
                    else if (_observer is not null)
                        ReadToEnd(_observer, buffer);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // What came before the damage is still handed on; the buffer after it says what happened. This is
                    // the boundary of the thread: whatever a decompressor throws on hostile input reaches the consumer.
                    _failure = exception;
                    _lengths[index] = length;
                    if (length > 0)
                    {
                        _filled.Release();
                        _free.Wait(_ending.Token);
                        _lengths[(index + 1) % BufferCount] = 0;
                    }
                    _filled.Release();
                    return;
                }
                _lengths[index] = length;
                _filled.Release();
                if (length == 0)
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            // The consumer has ended.
        }
    }

    // Behind the compressed content there may be more, which the archive's digest is of, too.
    private void ReadToEnd(IContentObserver observer, byte[] buffer)
    {
        while (_file.Read(buffer, 0, BufferSize) > 0)
            _ending.Token.ThrowIfCancellationRequested();
        observer.End();
    }

    private Exception Describe(Exception failure)
    {
        string name = Compression.ToString().ToLowerInvariant();
        bool atEnd = ArchiveLength > 0 && ArchiveBytesRead >= ArchiveLength;
        return failure switch
        {
            NsToolsException => failure,
            // Without a decompressor it can only be the file itself that cannot be read.
            _ when Compression == Compression.None => failure,
            _ when atEnd => Damaged("ArchiveTruncated", $"ends within its {name} data, or that is damaged near its end"),
            _ => Damaged("ArchiveCorrupt", $"has damaged {name} data ({failure.Message.TrimEnd('.')})"),
        };

        NsToolsException Damaged(string errorId, string what) => new(
            FailureKind.InvalidData,
            errorId,
            $"'{_path}' {what}, at or before byte {ArchiveBytesRead} of {ArchiveLength}.",
            "Get the archive again and compare its checksum.",
            failure);
    }
}
