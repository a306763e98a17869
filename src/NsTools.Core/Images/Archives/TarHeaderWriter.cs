using System.Text;

namespace NsTools.Images.Archives;

/// <summary>Headers of plain files in the ustar format (POSIX.1-2017, pax); sizes beyond 8 GiB as GNU tar writes them.</summary>
internal static class TarHeaderWriter
{
    /// <summary>Size of a block, in bytes.</summary>
    public const int BlockSize = 512;

    /// <summary>The header of a file: mode 0644, owner 0, the time 0, so that the same image makes the same archive.</summary>
    /// <param name="name">Its name, at most 100 bytes.</param>
    /// <param name="size">Its size in bytes.</param>
    public static byte[] Create(string name, long size)
    {
        byte[] header = new byte[BlockSize];
        Encoding.UTF8.GetBytes(name, header.AsSpan(0, 100));
        Octal(header.AsSpan(100, 8), 0x1A4);
        Octal(header.AsSpan(108, 8), 0);
        Octal(header.AsSpan(116, 8), 0);
        if (size < 1L << 33)
        {
            Octal(header.AsSpan(124, 12), size);
        }
        else
        {
            header[124] = 0x80;
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128, 8), size);
        }
        Octal(header.AsSpan(136, 12), 0);
        header[156] = (byte)'0';
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        "00"u8.CopyTo(header.AsSpan(263));
        header.AsSpan(148, 8).Fill((byte)' ');
        long sum = 0;
        foreach (byte value in header)
            sum += value;
        Octal(header.AsSpan(148, 7), sum);
        return header;
    }

    private static void Octal(Span<byte> field, long value)
    {
        for (int i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
        field[^1] = 0;
    }
}
