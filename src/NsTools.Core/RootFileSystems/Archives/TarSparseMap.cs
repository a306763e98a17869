using System.Buffers.Text;

namespace NsTools.RootFileSystems.Archives;

/// <summary>The maps of sparse files (GNU tar manual, "Storing Sparse Files").</summary>
internal static class TarSparseMap
{
    // 16 bytes an extent: a bound on what a hostile archive can make us hold.
    private const int MaximumExtents = 1 << 20;

    /// <summary>Hands out the next block after the header.</summary>
    public delegate TarHeader NextBlock();

    /// <summary>Hands out the next part of the content, at most so many bytes.</summary>
    public delegate ReadOnlySpan<byte> NextContent(long most);

    /// <summary>The map of GNU's old format: four extents in the header, 21 in each block that follows it.</summary>
    /// <returns>The map; null when it is no map.</returns>
    public static List<SparseExtent>? FromHeader(TarHeader header, NextBlock next)
    {
        List<SparseExtent> extents = [];
        if (!AddExtents(header, 386, 4, extents))
            return null;
        bool goesOn = header.Block[482] != 0;
        while (goesOn)
        {
            TarHeader block = next();
            if (!AddExtents(block, 0, 21, extents) || extents.Count > MaximumExtents)
                return null;
            goesOn = block.Block[504] != 0;
        }
        return extents;
    }

    /// <summary>The map of the pax formats 0.0 and 0.1: offsets and lengths in turn.</summary>
    /// <returns>The map; null when it is no map.</returns>
    public static List<SparseExtent>? FromNumbers(IReadOnlyList<long> numbers)
    {
        if (numbers.Count % 2 != 0)
            return null;
        List<SparseExtent> extents = new(numbers.Count / 2);
        for (int i = 0; i < numbers.Count; i += 2)
            extents.Add(new SparseExtent(numbers[i], numbers[i + 1]));
        return extents;
    }

    /// <summary>The map of the pax format 1.0: decimal numbers, a line each, before the content, filled up to whole blocks.</summary>
    /// <param name="next">The content.</param>
    /// <param name="stored">Bytes of content in the archive; without the map afterwards.</param>
    /// <returns>The map; null when it is no map.</returns>
    public static List<SparseExtent>? FromContent(NextContent next, ref long stored)
    {
        Span<byte> block = stackalloc byte[TarHeader.BlockSize];
        int used = block.Length;
        if (!TryLine(next, block, ref used, ref stored, out long count) || count > MaximumExtents)
            return null;
        List<SparseExtent> extents = [];
        for (long i = 0; i < count; i++)
        {
            if (!TryLine(next, block, ref used, ref stored, out long offset) || !TryLine(next, block, ref used, ref stored, out long length))
                return null;
            extents.Add(new SparseExtent(offset, length));
        }
        return extents;
    }

    /// <summary>True when the extents follow each other, lie within the file, and are together what is stored.</summary>
    public static bool IsSound(List<SparseExtent> extents, long size, long stored)
    {
        long end = 0, total = 0;
        foreach ((long offset, long length) in extents)
        {
            if (offset < end || length < 0 || length > size || offset > size - length)
                return false;
            end = offset + length;
            total += length;
        }
        return total == stored;
    }

    private static bool AddExtents(TarHeader block, int start, int count, List<SparseExtent> extents)
    {
        for (int i = 0; i < count; i++)
        {
            int at = start + (i * 24);
            if (block.Block[at + 12] == 0)
                break;
            if (!block.TryNumber(at, 12, out long offset) || !block.TryNumber(at + 12, 12, out long length))
                return false;
            extents.Add(new SparseExtent(offset, length));
        }
        return true;
    }

    private static bool TryLine(NextContent next, Span<byte> block, ref int used, ref long stored, out long value)
    {
        Span<byte> digits = stackalloc byte[20];
        int length = 0;
        value = 0;
        while (true)
        {
            if (used == block.Length)
            {
                for (int filled = 0; filled < block.Length;)
                {
                    ReadOnlySpan<byte> part = next(block.Length - filled);
                    if (part.IsEmpty)
                        return false;
                    part.CopyTo(block[filled..]);
                    filled += part.Length;
                }
                stored -= block.Length;
                used = 0;
            }
            byte character = block[used++];
            if (character == '\n')
                return Utf8Parser.TryParse(digits[..length], out value, out int parsed) && parsed == length && value >= 0;
            if (length == digits.Length)
                return false;
            digits[length++] = character;
        }
    }
}
