using System.Buffers.Text;
using NsTools.Interop.FileSystems;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// The records of a pax extended header (POSIX.1-2017, pax, "pax Extended Header"), with GNU tar's and star's own ones
/// for sparse files and extended attributes. Values are bytes: a capability is no text in any encoding.
/// </summary>
internal sealed class PaxRecords
{
    private static ReadOnlySpan<byte> AttributePrefix => "SCHILY.xattr."u8;

    private readonly List<FileAttribute> _attributes = [];
    private readonly List<long> _sparseNumbers = [];

    /// <summary><c>path</c>.</summary>
    public byte[]? Path { get; private set; }

    /// <summary><c>linkpath</c>.</summary>
    public byte[]? LinkPath { get; private set; }

    /// <summary><c>size</c>: bytes of content in the archive.</summary>
    public long? Size { get; private set; }

    /// <summary><c>uid</c>.</summary>
    public long? UserId { get; private set; }

    /// <summary><c>gid</c>.</summary>
    public long? GroupId { get; private set; }

    /// <summary><c>mtime</c>.</summary>
    public (long Seconds, int Nanoseconds)? Modified { get; private set; }

    /// <summary>Extended attributes, in the header's order.</summary>
    public IReadOnlyList<FileAttribute> Attributes => _attributes;

    /// <summary><c>GNU.sparse.name</c>: the name of a sparse file, whose <c>path</c> is made up.</summary>
    public byte[]? SparseName { get; private set; }

    /// <summary><c>GNU.sparse.realsize</c> or <c>GNU.sparse.size</c>: size of a sparse file with its holes.</summary>
    public long? SparseSize { get; private set; }

    /// <summary><c>GNU.sparse.major</c>: 1 has the map before the content, 0 in this header.</summary>
    public long? SparseMajor { get; private set; }

    /// <summary>Offsets and lengths in turn, from <c>GNU.sparse.map</c> (0.1), or <c>.offset</c> and <c>.numbytes</c> (0.0).</summary>
    public IReadOnlyList<long> SparseNumbers => _sparseNumbers;

    /// <summary>Reads a header's content.</summary>
    /// <param name="content">Records, each <c>LENGTH KEYWORD=VALUE\n</c>.</param>
    /// <param name="inherited">What a global header before it says; null for nothing.</param>
    /// <param name="records">The records.</param>
    /// <returns>Null, or what is wrong with the content.</returns>
    public static string? TryParse(ReadOnlySpan<byte> content, PaxRecords? inherited, out PaxRecords records)
    {
        records = inherited?.Copy() ?? new PaxRecords();
        while (!content.IsEmpty && content[0] != 0)
        {
            if (!Utf8Parser.TryParse(content, out int length, out int digits)
                || length <= digits + 1 || length > content.Length || content[digits] != ' ' || content[length - 1] != '\n')
                return "a record of the extended header has a wrong length";
            ReadOnlySpan<byte> record = content[(digits + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                return "a record of the extended header has no keyword";
            if (!records.Add(record[..equals], record[(equals + 1)..]))
                return $"the extended header's record '{System.Text.Encoding.UTF8.GetString(record[..equals])}' has an impossible value";
            content = content[length..];
        }
        return null;
    }

    // An empty value takes a record of the global header back (pax, "pax Extended Header").
    private bool Add(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        if (keyword.StartsWith(AttributePrefix))
            return AddAttribute(keyword[AttributePrefix.Length..], value);
        if (keyword.SequenceEqual("path"u8))
            Path = value.IsEmpty ? null : value.ToArray();
        else if (keyword.SequenceEqual("linkpath"u8))
            LinkPath = value.IsEmpty ? null : value.ToArray();
        else if (keyword.SequenceEqual("GNU.sparse.name"u8))
            SparseName = value.IsEmpty ? null : value.ToArray();
        else if (keyword.SequenceEqual("mtime"u8))
            return AddTime(value);
        else if (keyword.SequenceEqual("GNU.sparse.map"u8))
            return AddMap(value);
        else
            return AddNumber(keyword, value);
        return true;
    }

    private bool AddNumber(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        bool isSize = keyword.SequenceEqual("size"u8), isUser = keyword.SequenceEqual("uid"u8), isGroup = keyword.SequenceEqual("gid"u8);
        bool isSparseSize = keyword.SequenceEqual("GNU.sparse.realsize"u8) || keyword.SequenceEqual("GNU.sparse.size"u8);
        bool isMajor = keyword.SequenceEqual("GNU.sparse.major"u8);
        bool isSparseNumber = keyword.SequenceEqual("GNU.sparse.offset"u8) || keyword.SequenceEqual("GNU.sparse.numbytes"u8);
        if (!(isSize || isUser || isGroup || isSparseSize || isMajor || isSparseNumber))
            return true;
        long? number = null;
        if (!value.IsEmpty)
        {
            if (!TryWhole(value, out long parsed))
                return false;
            number = parsed;
        }
        if (isSize)
            Size = number;
        else if (isUser)
            UserId = number;
        else if (isGroup)
            GroupId = number;
        else if (isSparseSize)
            SparseSize = number;
        else if (isMajor)
            SparseMajor = number;
        else if (number is { } extent)
            _sparseNumbers.Add(extent);
        return true;
    }

    private bool AddMap(ReadOnlySpan<byte> value)
    {
        foreach (Range range in value.Split((byte)','))
        {
            if (!TryWhole(value[range], out long number))
                return false;
            _sparseNumbers.Add(number);
        }
        return true;
    }

    private bool AddTime(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            Modified = null;
            return true;
        }
        bool isNegative = value[0] == '-';
        if (isNegative)
            value = value[1..];
        int point = value.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? value : value[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? [] : value[(point + 1)..];
        if (!TryWhole(whole, out long seconds) || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        int nanoseconds = 0;
        for (int i = 0; i < 9; i++)
            nanoseconds = (nanoseconds * 10) + (i < fraction.Length ? fraction[i] - '0' : 0);
        if (isNegative)
        {
            seconds = -seconds;
            // timespec(3type): the nanoseconds are always added.
            if (nanoseconds > 0)
                (seconds, nanoseconds) = (seconds - 1, 1_000_000_000 - nanoseconds);
        }
        Modified = (seconds, nanoseconds);
        return true;
    }

    private bool AddAttribute(ReadOnlySpan<byte> encodedName, ReadOnlySpan<byte> value)
    {
        // GNU tar writes `=` and `%` of a name so, since `=` ends the keyword.
        string name = System.Text.Encoding.Latin1.GetString(encodedName).Replace("%3D", "=").Replace("%25", "%");
        if (name.Length == 0 || name.Contains('\0'))
            return false;
        byte[] terminated = System.Text.Encoding.Latin1.GetBytes(name + "\0");
        _attributes.RemoveAll(a => a.TerminatedName.AsSpan().SequenceEqual(terminated));
        _attributes.Add(new FileAttribute(terminated, value.ToArray()));
        return true;
    }

    private PaxRecords Copy()
    {
        var copy = new PaxRecords
        {
            Path = Path,
            LinkPath = LinkPath,
            Size = Size,
            UserId = UserId,
            GroupId = GroupId,
            Modified = Modified,
            SparseName = SparseName,
            SparseSize = SparseSize,
            SparseMajor = SparseMajor,
        };
        copy._attributes.AddRange(_attributes);
        copy._sparseNumbers.AddRange(_sparseNumbers);
        return copy;
    }

    private static bool TryWhole(ReadOnlySpan<byte> text, out long value) =>
        Utf8Parser.TryParse(text, out value, out int used) && used == text.Length && value >= 0;
}
