using System.Globalization;
using System.Text;
using NsTools.Interop.FileSystems;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// Writes a tar archive in the pax format (POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header") that
/// depends on nothing but what it is given: no names of users, no time of writing. What a plain header cannot say (long
/// names, large numbers, attributes) stands in an extended one before it; attributes as <c>SCHILY.xattr.</c> records,
/// whose values are bytes. The runtime's <c>TarWriter</c> has names and values as text, which neither of them is.
/// </summary>
/// <param name="output">Where to; not owned.</param>
internal sealed class TarArchiveWriter(Stream output)
{
    private const int BlockSize = 512, NameLength = 100, PrefixLength = 155;
    // What eleven and seven octal digits hold.
    private const long MaximumSize = 0x1FFFFFFFF, MaximumId = 0x1FFFFF;

    private readonly byte[] _block = new byte[BlockSize];
    private long _left;
    private int _padding;

    /// <summary>Begins an entry; a file's content follows with <see cref="WriteContent"/>.</summary>
    /// <param name="entry">What to write. A directory's name gets its slash here.</param>
    public void Begin(TarEntry entry)
    {
        EndEntry();
        byte[] name = entry.Type == TarEntryType.Directory && entry.Name is not [.., (byte)'/'] ? [.. entry.Name, (byte)'/'] : entry.Name;
        byte[] records = RecordsFor(entry, name);
        if (records.Length > 0)
        {
            WriteHeader([.. "PaxHeaders/"u8, .. LastOf(name)], (byte)'x', entry with { StoredSize = records.Length, LinkName = [] });
            output.Write(records);
            Pad(records.Length);
        }
        WriteHeader(name, TypeOf(entry.Type), entry);
        _left = entry.Type == TarEntryType.File ? entry.StoredSize : 0;
        _padding = (int)(-_left & (BlockSize - 1));
    }

    /// <summary>Writes a part of the content of the file that was begun last.</summary>
    /// <param name="part">The bytes.</param>
    /// <exception cref="InvalidOperationException">It is more than the entry said.</exception>
    public void WriteContent(ReadOnlySpan<byte> part)
    {
        if (part.Length > _left)
            throw new InvalidOperationException("More content than the entry's size.");
        output.Write(part);
        _left -= part.Length;
    }

    /// <summary>Ends the archive.</summary>
    public void Complete()
    {
        EndEntry();
        Array.Clear(_block);
        output.Write(_block);
        output.Write(_block);
        output.Flush();
    }

    private void EndEntry()
    {
        if (_left > 0)
            throw new InvalidOperationException("Less content than the entry's size.");
        Array.Clear(_block);
        output.Write(_block, 0, _padding);
        _padding = 0;
    }

    private void WriteHeader(byte[] name, byte type, TarEntry entry)
    {
        Span<byte> header = _block;
        header.Clear();
        (ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> rest) = Split(name);
        rest[..Math.Min(rest.Length, NameLength)].CopyTo(header);
        Octal(header.Slice(100, 8), entry.Metadata.Mode);
        Octal(header.Slice(108, 8), Math.Min(entry.Metadata.UserId, MaximumId));
        Octal(header.Slice(116, 8), Math.Min(entry.Metadata.GroupId, MaximumId));
        Octal(header.Slice(124, 12), type is (byte)'0' or (byte)'x' ? Math.Min(entry.StoredSize, MaximumSize) : 0);
        Octal(header.Slice(136, 12), Math.Clamp(entry.Metadata.ModifiedSeconds, 0, MaximumSize));
        header[156] = type;
        entry.LinkName.AsSpan(0, Math.Min(entry.LinkName.Length, NameLength)).CopyTo(header[157..]);
        "ustar\0"u8.CopyTo(header[257..]);
        "00"u8.CopyTo(header[263..]);
        bool isDevice = type is (byte)'3' or (byte)'4';
        Octal(header.Slice(329, 8), isDevice ? Math.Min(entry.DeviceMajor, MaximumId) : 0);
        Octal(header.Slice(337, 8), isDevice ? Math.Min(entry.DeviceMinor, MaximumId) : 0);
        prefix.CopyTo(header[345..]);
        // The sum of all bytes, those of the sum itself taken as spaces.
        header.Slice(148, 8).Fill((byte)' ');
        long sum = 0;
        foreach (byte value in header)
            sum += value;
        Octal(header.Slice(148, 7), sum);
        output.Write(_block);
    }

    private static byte[] RecordsFor(TarEntry entry, byte[] name)
    {
        using MemoryStream records = new();
        FileMetadata metadata = entry.Metadata;
        if (!Fits(name))
            Add(records, "path"u8, name);
        if (entry.LinkName.Length > NameLength)
            Add(records, "linkpath"u8, entry.LinkName);
        if (entry.Type == TarEntryType.File && entry.StoredSize > MaximumSize)
            Add(records, "size"u8, Number(entry.StoredSize));
        if (metadata.UserId > MaximumId)
            Add(records, "uid"u8, Number(metadata.UserId));
        if (metadata.GroupId > MaximumId)
            Add(records, "gid"u8, Number(metadata.GroupId));
        if (metadata.ModifiedNanoseconds != 0 || metadata.ModifiedSeconds is < 0 or > MaximumSize)
            Add(records, "mtime"u8, Time(metadata));
        if (entry.DeviceMajor > MaximumId)
            Add(records, "SCHILY.devmajor"u8, Number(entry.DeviceMajor));
        if (entry.DeviceMinor > MaximumId)
            Add(records, "SCHILY.devminor"u8, Number(entry.DeviceMinor));
        foreach (FileAttribute attribute in metadata.Attributes ?? [])
            Add(records, [.. "SCHILY.xattr."u8, .. EscapedName(attribute)], attribute.Value);
        return records.ToArray();
    }

    // "LENGTH KEYWORD=VALUE\n", where the length counts its own digits, too.
    private static void Add(MemoryStream records, ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        byte[] key = [(byte)' ', .. keyword, (byte)'='];
        int rest = key.Length + value.Length + 1, length = rest + 1;
        while (length != rest + Number(length).Length)
            length = rest + Number(length).Length;
        records.Write(Number(length));
        records.Write(key);
        records.Write(value);
        records.WriteByte((byte)'\n');
    }

    // As GNU tar has it: an equals sign would end the keyword.
    private static byte[] EscapedName(FileAttribute attribute) => Encoding.Latin1.GetBytes(
        Encoding.Latin1.GetString(attribute.TerminatedName.AsSpan(0, attribute.TerminatedName.Length - 1)).Replace("%", "%25", StringComparison.Ordinal).Replace("=", "%3D", StringComparison.Ordinal));

    private static byte[] Number(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    // A time before 1970 has its fraction from the second above: -1.25 is 750 ms after second -2.
    private static byte[] Time(in FileMetadata metadata)
    {
        (long seconds, int nanoseconds) = (metadata.ModifiedSeconds, metadata.ModifiedNanoseconds);
        bool isNegative = seconds < 0;
        if (isNegative && nanoseconds > 0)
            (seconds, nanoseconds) = (seconds + 1, 1_000_000_000 - nanoseconds);
        string fraction = nanoseconds == 0 ? "" : "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(isNegative ? "-" : "")}{Math.Abs(seconds)}{fraction}"));
    }

    // Names beyond ASCII are in the extended header as well, where their encoding is said.
    private static bool Fits(byte[] name)
    {
        (ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> rest) = Split(name);
        return rest.Length <= NameLength && prefix.Length <= PrefixLength && !name.AsSpan().ContainsAnyExceptInRange((byte)1, (byte)127);
    }

    private static (byte[] Prefix, byte[] Name) Split(byte[] name)
    {
        if (name.Length <= NameLength)
            return ([], name);
        // The first slash that leaves a name short enough, not the one at a directory's end.
        for (int slash = Math.Max(1, name.Length - NameLength - 1); slash <= PrefixLength && slash < name.Length - 1; slash++)
        {
            if (name[slash] == (byte)'/')
                return (name[..slash], name[(slash + 1)..]);
        }
        return ([], name);
    }

    private static ReadOnlySpan<byte> LastOf(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> trimmed = name.TrimEnd((byte)'/');
        ReadOnlySpan<byte> last = trimmed[(trimmed.LastIndexOf((byte)'/') + 1)..];
        return last.Length > 80 || last.ContainsAnyExceptInRange((byte)1, (byte)127) ? "long"u8 : last;
    }

    private void Pad(long length)
    {
        Array.Clear(_block);
        output.Write(_block, 0, (int)(-length & (BlockSize - 1)));
    }

    private static byte TypeOf(TarEntryType type) => type switch
    {
        TarEntryType.File => (byte)'0',
        TarEntryType.HardLink => (byte)'1',
        TarEntryType.SymbolicLink => (byte)'2',
        TarEntryType.CharacterDevice => (byte)'3',
        TarEntryType.BlockDevice => (byte)'4',
        TarEntryType.Directory => (byte)'5',
        _ => (byte)'6',
    };

    private static void Octal(Span<byte> field, long value)
    {
        for (int i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
        field[^1] = 0;
    }
}
