using NsTools.Interop.FileSystems;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// Reads a tar archive: v7, ustar, pax, and GNU's with long names and sparse files. System.Formats.Tar's reader
/// cannot be used for a root file system: it decodes attribute values and names as UTF-8, which destroys
/// <c>security.capability</c> (measured: byte 0x80, CAP_SETUID, becomes U+FFFD) and names in other encodings, rounds
/// times to 100 ns, and refuses sparse files. It still writes our archives.
/// </summary>
/// <param name="content">The decompressed archive.</param>
/// <param name="isVerified">
/// True for an archive that something else tells to be whole, its digest: it may then be empty or end without its mark,
/// as layers of images do.
/// </param>
internal sealed class TarArchiveReader(ArchiveContent content, bool isVerified = false)
{
    // Far more than any real one, and a bound on what a hostile archive can make us hold.
    private const int MaximumHeaderSize = 4 << 20;

    private readonly byte[] _block = new byte[TarHeader.BlockSize];
    private readonly byte[] _sparseBlock = new byte[TarHeader.BlockSize];
    private PaxRecords? _global;
    private long _remaining;
    private int _padding;
    private bool _any;

    /// <summary>Reads on to the next entry, over what is left of the last one's content.</summary>
    /// <returns>The entry; null after the last one.</returns>
    /// <exception cref="NsToolsException">The archive is damaged, truncated, or none.</exception>
    public TarEntry? Next()
    {
        Skip(_remaining + _padding);
        long start = content.Position;
        byte[]? longName = null, longLink = null;
        PaxRecords? local = null;
        while (true)
        {
            long offset = content.Position;
            if (!ReadHeader(offset, isFirst: offset == start))
                return null;
            var header = new TarHeader(_block);
            char type = header.TypeFlag;
            if (type is 'L' or 'K' or 'x' or 'X' or 'g' or 'V')
            {
                byte[] text = ReadExtension(Number(header, 124, 12, "size", offset), offset);
                if (type == 'L')
                    longName = UpToNul(text);
                else if (type == 'K')
                    longLink = UpToNul(text);
                else if (type == 'g')
                    _global = Parse(text, _global, offset);
                else if (type is 'x' or 'X')
                    local = Parse(text, _global, offset);
                else
                    start = content.Position; // A volume's label: nothing of a file.
                continue;
            }
            _any = true;
            return ReadEntry(header, local ?? _global, longName, longLink, start);
        }
    }

    /// <summary>Takes the next part of the current entry's content.</summary>
    /// <param name="most">How many bytes at most.</param>
    /// <returns>What is at hand; empty when all has been taken.</returns>
    public ReadOnlySpan<byte> TakeContent(long most)
    {
        if (_remaining == 0 || most == 0)
            return default;
        ReadOnlySpan<byte> part = content.Take(Math.Min(most, _remaining));
        if (part.IsEmpty)
            throw Truncated("the archive ends within a file's content");
        _remaining -= part.Length;
        return part;
    }

    private bool ReadHeader(long offset, bool isFirst)
    {
        int length = content.Read(_block);
        if (length == 0 && isFirst && (isVerified || (_any && content.Compression != Compression.None)))
        {
            // Some programs leave the end mark out. The compression's own end then says that nothing is missing.
            return false;
        }
        if (length < TarHeader.BlockSize)
        {
            throw !_any && isFirst
                ? NotTar(offset)
                : Truncated(length == 0 ? "the archive ends without its end mark" : "the archive ends within a header");
        }
        var header = new TarHeader(_block);
        if (header.IsEnd)
        {
            if (!isFirst)
                throw content.Invalid("ArchiveCorrupt", "an extended header is followed by no file", offset);
            // To the end: only there is the compression's checksum compared.
            while (!content.Take(long.MaxValue).IsEmpty)
            {
            }
            return _any || isVerified ? false : throw content.Invalid("ArchiveEmpty", "the archive has no files", offset);
        }
        if (!header.IsChecksumRight)
            throw !_any && isFirst && offset == 0 ? NotTar(offset) : content.Invalid("ArchiveCorrupt", "the header's checksum is wrong", offset);
        return true;
    }

    private TarEntry ReadEntry(TarHeader header, PaxRecords? pax, byte[]? longName, byte[]? longLink, long start)
    {
        char flag = header.TypeFlag;
        long stored = pax?.Size ?? Number(header, 124, 12, "size", start);
        // A hard link's size tells of the file, which is not in the archive a second time.
        _remaining = flag == '1' ? 0 : stored;
        _padding = (int)(-_remaining & (TarHeader.BlockSize - 1));

        byte[] name = pax?.SparseName ?? pax?.Path ?? longName ?? header.FullName;
        long size = _remaining;
        List<SparseExtent>? extents = null;
        if (flag == 'S')
        {
            size = Number(header, 483, 12, "real size", start);
            extents = TarSparseMap.FromHeader(header, ReadSparseBlock);
        }
        else if (pax is { SparseMajor: 1 })
        {
            extents = TarSparseMap.FromContent(TakeContent, ref stored);
            size = pax.SparseSize ?? 0;
        }
        else if (pax is { SparseSize: { } sparseSize })
        {
            extents = TarSparseMap.FromNumbers(pax.SparseNumbers);
            size = sparseSize;
        }
        if (extents is null && (flag == 'S' || pax is { SparseMajor: 1 } or { SparseSize: not null })
            || extents is not null && !TarSparseMap.IsSound(extents, size, _remaining))
            throw content.Invalid("ArchiveCorrupt", "the map of a sparse file is impossible", start);
        if (size < 0)
            throw content.Invalid("ArchiveCorrupt", "a file's size is negative", start);

        return new TarEntry
        {
            Type = TypeOf(flag, name, start),
            Name = name,
            LinkName = pax?.LinkPath ?? longLink ?? header.LinkName.ToArray(),
            Metadata = ReadMetadata(header, pax, start),
            StoredSize = _remaining,
            Size = size,
            Extents = extents,
            DeviceMajor = flag is '3' or '4' ? (uint)Number(header, 329, 8, "device number", start) : 0,
            DeviceMinor = flag is '3' or '4' ? (uint)Number(header, 337, 8, "device number", start) : 0,
            Offset = start,
        };
    }

    private FileMetadata ReadMetadata(TarHeader header, PaxRecords? pax, long offset)
    {
        (long seconds, int nanoseconds) = pax?.Modified ?? (Number(header, 136, 12, "time", offset, mayBeNegative: true), 0);
        return new FileMetadata
        {
            UserId = Id(pax?.UserId ?? Number(header, 108, 8, "user ID", offset), "user", offset),
            GroupId = Id(pax?.GroupId ?? Number(header, 116, 8, "group ID", offset), "group", offset),
            Mode = (ushort)(Number(header, 100, 8, "mode", offset) & 0xFFF),
            ModifiedSeconds = seconds,
            ModifiedNanoseconds = nanoseconds,
            Attributes = pax?.Attributes ?? [],
        };
    }

    private uint Id(long value, string what, long offset) =>
        // -1 means "leave it" to chown(2): no ID that a file can have.
        value is >= 0 and < uint.MaxValue
            ? (uint)value
            : throw content.Invalid("ArchiveCorrupt", $"{value} is no {what} ID", offset);

    private long Number(TarHeader header, int start, int length, string what, long offset, bool mayBeNegative = false) =>
        header.TryNumber(start, length, out long value) && (mayBeNegative || value >= 0)
            ? value
            : throw content.Invalid("ArchiveCorrupt", $"the header's {what} is no number", offset);

    private TarEntryType TypeOf(char flag, ReadOnlySpan<byte> name, long offset) => flag switch
    {
        // The oldest format has no type for a directory, only its name.
        '0' or '\0' or '7' => name.EndsWith("/"u8) ? TarEntryType.Directory : TarEntryType.File,
        'S' => TarEntryType.File,
        '1' => TarEntryType.HardLink,
        '2' => TarEntryType.SymbolicLink,
        '3' => TarEntryType.CharacterDevice,
        '4' => TarEntryType.BlockDevice,
        '5' or 'D' => TarEntryType.Directory,
        '6' => TarEntryType.Fifo,
        'M' => throw content.Invalid("ArchiveNotSupported", "a file continues from another volume: archives of several volumes cannot be read", offset),
        _ => throw content.Invalid("ArchiveNotSupported", $"entries of type '{(char.IsAsciiLetterOrDigit(flag) ? flag : '?')}' (0x{(int)flag:x2}) are not known", offset),
    };

    private PaxRecords Parse(byte[] text, PaxRecords? inherited, long offset) =>
        PaxRecords.TryParse(text, inherited, out PaxRecords records) is { } problem
            ? throw content.Invalid("ArchiveCorrupt", problem, offset)
            : records;

    private byte[] ReadExtension(long size, long offset)
    {
        if (size > MaximumHeaderSize)
            throw content.Invalid("ArchiveCorrupt", $"an extended header of {size} bytes is not to be believed", offset);
        byte[] text = new byte[size];
        if (content.Read(text) < size)
            throw Truncated("the archive ends within an extended header");
        Skip(-size & (TarHeader.BlockSize - 1));
        return text;
    }

    // Not into the header's own block, which is still being read.
    private TarHeader ReadSparseBlock() =>
        content.Read(_sparseBlock) == TarHeader.BlockSize
            ? new TarHeader(_sparseBlock)
            : throw Truncated("the archive ends within the map of a sparse file");

    private void Skip(long count)
    {
        while (count > 0)
        {
            ReadOnlySpan<byte> part = content.Take(count);
            if (part.IsEmpty)
                throw Truncated("the archive ends within a file's content");
            count -= part.Length;
        }
        _remaining = 0;
        _padding = 0;
    }

    private NsToolsException Truncated(string problem) => content.Invalid("ArchiveTruncated", problem, content.Position);

    private NsToolsException NotTar(long offset) => content.Invalid(
        "ArchiveNotTar", "this is no tar archive, neither plain nor compressed with gzip, zstd, xz or bzip2", offset);

    private static byte[] UpToNul(byte[] text)
    {
        int end = text.AsSpan().IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }
}
