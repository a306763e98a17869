namespace NsTools.RootFileSystems.Archives;

/// <summary>Tells whether a file is a tar archive, compressed or not, by its content alone.</summary>
internal static class ArchiveSniffer
{
    /// <summary>Looks at the beginning of a file.</summary>
    /// <param name="file">The file, at its beginning; its position afterwards means nothing.</param>
    public static bool IsArchive(Stream file)
    {
        byte[] magic = new byte[Compressions.MagicLength];
        int length = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        byte[] block = new byte[TarHeader.BlockSize];
        try
        {
            using Stream content = Compressions.Decompress(Compressions.Detect(magic.AsSpan(0, length)), new MeteredStream(new Kept(file), magic[..length]));
            return content.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) == block.Length && new TarHeader(block) is { IsEnd: false, IsChecksumRight: true };
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or NsToolsException or SharpCompress.Common.SharpCompressException or IndexOutOfRangeException)
        {
            return false; // what cannot be decompressed is no archive
        }
    }

    // The file stays its owner's.
    private sealed class Kept(Stream file) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => file.Read(buffer);
    }
}
