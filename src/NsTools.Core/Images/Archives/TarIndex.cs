using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.Images.Archives;

/// <summary>
/// Where the files of a tar archive lie, so that any of them is read without the others and without unpacking anything:
/// only the headers are read. A compressed archive is decompressed once, into a file that has no name.
/// </summary>
internal sealed class TarIndex : IDisposable
{
    // An image has a few files a layer: far more than any, and a bound on what a hostile archive can make us hold.
    private const int MaximumEntries = 200_000;
    private const int MaximumHeaderSize = 1 << 20;
    private const int MaximumLinks = 8;

    private readonly record struct Entry(long Offset, long Length, string? LinkTarget);

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly string _path;

    private TarIndex(string path, SafeFileHandle file) => (_path, File) = (path, file);

    private SafeFileHandle File { get; }

    /// <summary>Opens an archive.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It is not there (<c>ArchiveNotFound</c>), no regular file, or damaged (<c>ArchiveCorrupt</c>, <c>ArchiveTruncated</c>).</exception>
    public static TarIndex Open(string path, CancellationToken cancellation)
    {
        SafeFileHandle file = OpenFile(path);
        var index = new TarIndex(path, file);
        try
        {
            byte[] magic = new byte[Compressions.MagicLength];
            Compression compression = Compressions.Detect(magic.AsSpan(0, RandomAccess.Read(file, magic, 0)));
            if (compression != Compression.None)
            {
                SafeFileHandle decompressed = Decompress(path, file, compression, cancellation);
                index.Dispose();
                index = new TarIndex(path, decompressed);
            }
            index.Read(cancellation);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>True when the archive has a file, or a link that leads to one.</summary>
    /// <param name="name">Its name, without <c>./</c>.</param>
    public bool Contains(string name) => Find(name) is not null;

    /// <summary>Size of a file in bytes; null where there is none.</summary>
    /// <param name="name">Its name.</param>
    public long? SizeOf(string name) => Find(name)?.Length;

    /// <summary>A file's content.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="offset">Where to begin, in bytes from its start.</param>
    /// <returns>The content; null where there is none.</returns>
    public Stream? OpenContent(string name, long offset = 0) =>
        Find(name) is { } entry ? new FileRegionStream(File, entry.Offset + Math.Min(offset, entry.Length), Math.Max(0, entry.Length - offset)) : null;

    /// <summary>A small file's content.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <exception cref="NsToolsException">There is none (<c>ArchiveNotAnImage</c>), or it is larger (<c>BlobTooLarge</c>).</exception>
    public byte[] ReadContent(string name, int most)
    {
        if (Find(name) is not { } entry)
            throw new NsToolsException(FailureKind.InvalidData, "ArchiveNotAnImage", $"'{_path}' has no file '{DisplayText.Of(name)}'.", "It is no archive of that kind, or not whole: get it again.");
        if (entry.Length > most)
            throw new NsToolsException(FailureKind.LimitExceeded, "BlobTooLarge", $"'{_path}': '{DisplayText.Of(name)}' has {entry.Length:N0} bytes, more than the {most:N0} that such a document may have.");
        byte[] content = new byte[entry.Length];
        for (int read = 0; read < content.Length;)
        {
            int part = RandomAccess.Read(File, content.AsSpan(read), entry.Offset + read);
            if (part == 0)
                throw Truncated(entry.Offset + read);
            read += part;
        }
        return content;
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    private static SafeFileHandle OpenFile(string path)
    {
        if (!System.IO.File.Exists(path))
        {
            throw new NsToolsException(
                FailureKind.NotFound, "ArchiveNotFound", Directory.Exists(path) ? $"'{path}' is a directory, not an archive." : $"There is no archive '{path}'.");
        }
        // Without O_NONBLOCK the opening of a pipe would never end.
        SafeFileHandle handle = Descriptor.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK);
        if (FileContent.IsRegular(handle))
            return handle;
        handle.Dispose();
        throw new NsToolsException(FailureKind.InvalidArgument, "ArchiveNotAFile", $"'{path}' is not a regular file.", "Save what comes out of it to a file first.");
    }

    private static SafeFileHandle Decompress(string path, SafeFileHandle file, Compression compression, CancellationToken cancellation)
    {
        long length = RandomAccess.GetLength(file);
        long most = Math.Max(1L << 30, length > long.MaxValue / 200 ? long.MaxValue : length * 200);
        string temporary = Path.Join(Path.GetTempPath(), $"nstools-{Guid.NewGuid():N}");
        SafeFileHandle output = System.IO.File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        try
        {
            using Stream content = Compressions.Decompress(compression, new MeteredStream(new FileRegionStream(file, 0, length), []));
            byte[] buffer = new byte[1 << 20];
            long written = 0;
            while (content.Read(buffer) is > 0 and int read)
            {
                cancellation.ThrowIfCancellationRequested();
                if (written + read > most)
                    throw new NsToolsException(FailureKind.LimitExceeded, "ArchiveTooLarge", $"'{path}' has {length:N0} bytes and more than {most:N0} when it is decompressed: that is a decompression bomb rather than an image.");
                RandomAccess.Write(output, buffer.AsSpan(0, read), written);
                written += read;
            }
            return output;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or SharpCompress.Common.SharpCompressException)
        {
            output.Dispose();
            throw new NsToolsException(FailureKind.InvalidData, "ArchiveCorrupt", $"'{path}' has damaged {compression.ToString().ToLowerInvariant()} data ({exception.Message.TrimEnd('.')}).", "Get the archive again.", exception);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    private void Read(CancellationToken cancellation)
    {
        byte[] block = new byte[TarHeader.BlockSize];
        long length = RandomAccess.GetLength(File), offset = 0;
        byte[]? longName = null, longLink = null;
        PaxRecords? pax = null, global = null;
        while (offset < length)
        {
            cancellation.ThrowIfCancellationRequested();
            if (RandomAccess.Read(File, block, offset) < block.Length)
                throw Truncated(offset);
            var header = new TarHeader(block);
            if (header.IsEnd)
                break;
            if (!header.IsChecksumRight || !header.TryNumber(124, 12, out long size) || size < 0)
                throw offset == 0 ? NotTar() : Corrupt(offset, "a header is damaged");
            long content = offset + TarHeader.BlockSize;
            char type = header.TypeFlag;
            bool isExtension = type is 'L' or 'K' or 'x' or 'g';
            if (!isExtension && pax?.Size is { } paxSize)
                size = paxSize;
            if (type == '1')
                size = 0;
            if (size > length - content)
                throw Truncated(offset);
            if (isExtension)
            {
                byte[] text = ReadExtension(content, size);
                if (type == 'L')
                    longName = UpToNul(text);
                else if (type == 'K')
                    longLink = UpToNul(text);
                else if (PaxRecords.TryParse(text, type == 'x' ? global : null, out PaxRecords records) is { } problem)
                    throw Corrupt(offset, problem);
                else if (type == 'x')
                    pax = records;
                else
                    global = records;
            }
            else
            {
                Add(pax?.Path ?? longName ?? header.FullName, type, content, size, pax?.LinkPath ?? longLink ?? header.LinkName.ToArray());
                (longName, longLink, pax) = (null, null, null);
            }
            offset = content + size + (-size & (TarHeader.BlockSize - 1));
        }
        if (_entries.Count == 0)
            throw new NsToolsException(FailureKind.InvalidData, "ArchiveEmpty", $"'{_path}' has no files.");
    }

    private void Add(byte[] name, char type, long offset, long size, byte[] link)
    {
        if (type is not ('0' or '\0' or '7' or '1' or '2'))
            return;
        if (_entries.Count >= MaximumEntries)
            throw new NsToolsException(FailureKind.LimitExceeded, "ArchiveTooLarge", $"'{_path}' has more than {MaximumEntries:N0} files: that is no image.");
        if (Normalize(Encoding.UTF8.GetString(name)) is not { } key)
            return;
        string? target = type switch
        {
            '1' => Encoding.UTF8.GetString(link),
            // Docker has a layer that comes twice in the archive once, and links to it.
            '2' => Path.Join(Path.GetDirectoryName(key), Encoding.UTF8.GetString(link)),
            _ => null,
        };
        _entries[key] = new Entry(offset, size, target);
    }

    private Entry? Find(string name)
    {
        string? key = Normalize(name);
        for (int links = 0; links < MaximumLinks && key is not null && _entries.TryGetValue(key, out Entry entry); links++)
        {
            if (entry.LinkTarget is null)
                return entry;
            key = Normalize(entry.LinkTarget);
        }
        return null;
    }

    // A name is only ever looked up here; no file is opened by it.
    private static string? Normalize(string name)
    {
        List<string> parts = [];
        foreach (string part in name.Split('/'))
        {
            if (part == ".." && parts.Count == 0)
                return null;
            if (part == "..")
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "."))
                parts.Add(part);
        }
        return parts.Count > 0 ? string.Join('/', parts) : null;
    }

    private byte[] ReadExtension(long offset, long size)
    {
        if (size > MaximumHeaderSize)
            throw Corrupt(offset, "an extended header is not to be believed");
        byte[] text = new byte[size];
        return RandomAccess.Read(File, text, offset) == size ? text : throw Truncated(offset);
    }

    private static byte[] UpToNul(byte[] text)
    {
        int end = text.AsSpan().IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    private NsToolsException Truncated(long offset) => new(
        FailureKind.InvalidData, "ArchiveTruncated", $"'{_path}', byte {offset}: the archive ends there.", "Get the archive again.");

    private NsToolsException Corrupt(long offset, string problem) => new(
        FailureKind.InvalidData, "ArchiveCorrupt", $"'{_path}', byte {offset}: {problem}.", "Get the archive again.");

    private NsToolsException NotTar() => new(FailureKind.InvalidData, "ArchiveNotTar", $"'{_path}' is no tar archive.", "Name an archive that docker save, podman save or skopeo made.");
}
