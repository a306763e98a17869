using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;

namespace NsTools.Images.Archives;

/// <summary>
/// Writes a tar archive of plain files, several at once: each gets its place when its size is known. The archive appears
/// under its name when it is whole; until then it is a file beside it, which goes when this is disposed of.
/// </summary>
internal sealed class TarFileWriter : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly SafeFileHandle _file;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private long _end;
    private bool _isDone;

    /// <summary>Begins an archive.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="NsToolsException">Its directory is not there (<c>DestinationParentNotFound</c>).</exception>
    public TarFileWriter(string path)
    {
        _path = path;
        string parent = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(parent))
        {
            throw new NsToolsException(
                FailureKind.NotFound, "DestinationParentNotFound", $"The directory '{parent}' does not exist.", $"Make it: New-Item -ItemType Directory '{parent}'.");
        }
        _temporary = Path.Join(parent, $".{Path.GetFileName(path)}.{Guid.NewGuid().ToString("N")[..8]}.partial");
        _file = File.OpenHandle(_temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
    }

    /// <summary>True when a file of that name has been written.</summary>
    public bool Contains(string name)
    {
        lock (_lock)
            return _names.Contains(name);
    }

    /// <summary>Writes a file from a stream, which must have exactly the stated size.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="content">The content; it fails by itself when it is not what it should be.</param>
    /// <param name="onProgress">Is told of bytes that were written.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task WriteAsync(string name, long size, Stream content, Action<long>? onProgress, CancellationToken cancellation)
    {
        long header = Reserve(size), offset = header + TarHeaderWriter.BlockSize;
        bool isWhole = false;
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(1 << 18);
        try
        {
            long end = offset + size;
            while (await content.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and int read)
            {
                if (read > end - offset)
                    throw new EndOfStreamException($"'{name}' is longer than {size:N0} bytes");
                FileContent.Write(_file, buffer.AsSpan(0, read), offset, _temporary);
                offset += read;
                onProgress?.Invoke(read);
            }
            isWhole = offset == end ? true : throw new EndOfStreamException($"'{name}' is shorter than {size:N0} bytes");
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
            // What failed leaves a hole that readers must get over.
            RandomAccess.Write(_file, TarHeaderWriter.Create(isWhole ? name : $".unused-{header}", size), header);
            if (isWhole)
            {
                lock (_lock)
                    _names.Add(name);
            }
        }
    }

    /// <summary>Writes a small file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">Its content.</param>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        long header = Reserve(content.Length);
        RandomAccess.Write(_file, content, header + TarHeaderWriter.BlockSize);
        RandomAccess.Write(_file, TarHeaderWriter.Create(name, content.Length), header);
        lock (_lock)
            _names.Add(name);
    }

    /// <summary>Ends the archive and gives it its name, in place of what has that now.</summary>
    public void Complete()
    {
        // Two blocks of zeros end it.
        RandomAccess.Write(_file, new byte[2 * TarHeaderWriter.BlockSize], _end);
        FileContent.Synchronize(_file, _temporary);
        File.Move(_temporary, _path, overwrite: true);
        _isDone = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        if (!_isDone)
            File.Delete(_temporary);
    }

    private long Reserve(long size)
    {
        lock (_lock)
        {
            long header = _end;
            _end += TarHeaderWriter.BlockSize + size + (-size & (TarHeaderWriter.BlockSize - 1));
            return header;
        }
    }
}
