using System.Buffers.Binary;

namespace NsTools.RootFileSystems.Archives;

/// <summary>
/// One 512-byte header block of a tar archive: the fields of the ustar format (POSIX.1-2017, pax, "ustar Interchange
/// Format") and of GNU tar's older one.
/// </summary>
/// <param name="block">The block.</param>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    /// <summary>Size of a block, in bytes.</summary>
    public const int BlockSize = 512;

    private readonly ReadOnlySpan<byte> _block = block;

    /// <summary>True for a block of zeros, which ends the archive.</summary>
    public bool IsEnd => !_block.ContainsAnyExcept((byte)0);

    /// <summary>The kind of entry.</summary>
    public char TypeFlag => (char)_block[156];

    /// <summary>True for GNU tar's own format, whose last fields mean something else than ustar's.</summary>
    public bool IsGnu => _block.Slice(257, 8).SequenceEqual("ustar  \0"u8);

    /// <summary>What a link says.</summary>
    public ReadOnlySpan<byte> LinkName => Text(157, 100);

    /// <summary>The fields after the header's common part: sparse map, offsets (GNU).</summary>
    public ReadOnlySpan<byte> Block => _block;

    /// <summary>The entry's name: with its prefix where the format has one.</summary>
    public byte[] FullName
    {
        get
        {
            ReadOnlySpan<byte> name = Text(0, 100);
            if (IsGnu || !_block.Slice(257, 6).SequenceEqual("ustar\0"u8) || _block[345] == 0)
                return name.ToArray();
            return [.. Text(345, 155), (byte)'/', .. name];
        }
    }

    /// <summary>True when the header's checksum is right: of its bytes as unsigned, or as some old programs did it, signed.</summary>
    public bool IsChecksumRight
    {
        get
        {
            if (!TryNumber(148, 8, out long stated))
                return false;
            long unsigned = 0, signed = 0;
            for (int i = 0; i < BlockSize; i++)
            {
                byte value = i is >= 148 and < 156 ? (byte)' ' : _block[i];
                unsigned += value;
                signed += (sbyte)value;
            }
            return stated == unsigned || stated == signed;
        }
    }

    /// <summary>A field of text: up to the first NUL.</summary>
    public ReadOnlySpan<byte> Text(int offset, int length)
    {
        ReadOnlySpan<byte> field = _block.Slice(offset, length);
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>
    /// A field with a number: octal digits, or with the first bit set a big-endian two's complement number (GNU's
    /// base-256, for what is too large or negative).
    /// </summary>
    /// <returns>False when it is none, or does not fit 64 bits.</returns>
    public bool TryNumber(int offset, int length, out long value)
    {
        ReadOnlySpan<byte> field = _block.Slice(offset, length);
        value = 0;
        if ((field[0] & 0x80) != 0)
            return TryBinary(field, out value);
        field = field.TrimStart((byte)' ');
        int end = field.IndexOfAny((byte)0, (byte)' ');
        if (end >= 0)
            field = field[..end];
        foreach (byte digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
                return false;
            value = (value << 3) | (uint)(digit - '0');
        }
        return true;
    }

    private static bool TryBinary(ReadOnlySpan<byte> field, out long value)
    {
        // The first bit is the mark, the second the sign.
        bool isNegative = (field[0] & 0x40) != 0;
        byte fill = isNegative ? (byte)0xFF : (byte)0;
        ReadOnlySpan<byte> rest = field[^8..];
        value = BinaryPrimitives.ReadInt64BigEndian(rest);
        if (field.Length == 8)
        {
            value = isNegative ? value : value & 0x7FFF_FFFF_FFFF_FFFF;
            return true;
        }
        byte first = isNegative ? field[0] : (byte)(field[0] & 0x7F);
        return first == fill && !field[1..^8].ContainsAnyExcept(fill) && value < 0 == isNegative;
    }
}
