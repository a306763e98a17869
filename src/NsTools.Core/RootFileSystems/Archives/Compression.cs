using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.ZStandard;

namespace NsTools.RootFileSystems.Archives;

/// <summary>How an archive is compressed.</summary>
internal enum Compression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>Zstandard (RFC 8878).</summary>
    Zstd,

    /// <summary>xz (the .xz file format).</summary>
    Xz,

    /// <summary>bzip2.</summary>
    Bzip2,
}

/// <summary>Telling and undoing compression.</summary>
internal static class Compressions
{
    /// <summary>How many bytes <see cref="Detect"/> wants to see.</summary>
    public const int MagicLength = 10;

    /// <summary>The compression by a file's first bytes; its name says nothing.</summary>
    public static Compression Detect(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]))
            return Compression.Gzip;
        if (start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) || IsSkippableFrame(start))
            return Compression.Zstd;
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]))
            return Compression.Xz;
        // "BZh", the block size, and the block's magic number, pi: a tar file may well begin with a name BZh1….
        if (start.Length >= MagicLength && start.StartsWith("BZh"u8) && start[3] is >= (byte)'1' and <= (byte)'9'
            && start[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]))
            return Compression.Bzip2;
        return Compression.None;
    }

    /// <summary>The decompressed content of a stream.</summary>
    public static Stream Decompress(Compression compression, MeteredStream compressed) => compression switch
    {
        Compression.Gzip => new WholeGzipStream(compressed),
        Compression.Zstd => new DecompressionStream(compressed, bufferSize: 1 << 20, checkEndOfStream: true, leaveOpen: false),
        Compression.Xz => new XzSeriesStream(compressed),
        Compression.Bzip2 => BZip2Stream.Create(
            compressed, SharpCompress.Compressors.CompressionMode.Decompress, decompressConcatenated: true, leaveOpen: false),
        _ => compressed,
    };

    // RFC 8878, 3.1.2: 0x184D2A50 to 0x184D2A5F, little-endian; estargz and zstd:chunked layers may begin with one.
    private static bool IsSkippableFrame(ReadOnlySpan<byte> start) =>
        start.Length >= 4 && (start[0] & 0xF0) == 0x50 && start[1..].StartsWith((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]);
}
