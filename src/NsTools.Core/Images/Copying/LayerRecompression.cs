using System.IO.Compression;
using System.IO.Pipelines;
using NsTools.RootFileSystems.Archives;
using SharpCompress.Compressors.ZStandard;

namespace NsTools.Images.Copying;

/// <summary>
/// A layer's content, compressed otherwise while it is read. The layer's own bytes are verified at their end, before
/// the new ones end: whoever takes them learns in time that they are worth nothing.
/// </summary>
internal static class LayerRecompression
{
    // The reader is as far ahead as this: two cores have work, and memory stays the same whatever the layer's size.
    private static readonly PipeOptions s_pipe = new(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20, minimumSegmentSize: 256 * 1024, useSynchronizationContext: false);

    /// <summary>Begins to compress.</summary>
    /// <param name="layer">The layer, verified as it is read; owned.</param>
    /// <param name="to">How it is to be compressed.</param>
    /// <param name="level">How hard; null for the usual.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The new content.</returns>
    public static Stream Begin(Stream layer, LayerCompression to, int? level, CancellationToken cancellation)
    {
        var pipe = new Pipe(s_pipe);
        _ = Task.Run(() => WorkAsync(layer, pipe.Writer, to, level, cancellation), CancellationToken.None);
        return pipe.Reader.AsStream();
    }

    // What a compressor makes depends on where its input is cut: always at the same places, however the input comes, so that
    // the same layer has the same digest.
    private static async Task CopyBlocksAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        byte[] block = new byte[256 * 1024];
        while (await from.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) is > 0 and int read)
            await to.WriteAsync(block.AsMemory(0, read), cancellation).ConfigureAwait(false);
    }

    private static async Task WorkAsync(Stream layer, PipeWriter writer, LayerCompression to, int? level, CancellationToken cancellation)
    {
        try
        {
            await using (layer.ConfigureAwait(false))
            {
                var start = new byte[Compressions.MagicLength];
                int length = await layer.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                var whole = new PrefixedStream(start.AsMemory(0, length), layer);
                using Stream plain = Decompress(Compressions.Detect(start.AsSpan(0, length)), whole);
                using (Stream compressed = Compress(writer.AsStream(leaveOpen: true), to, level))
                    await CopyBlocksAsync(plain, compressed, cancellation).ConfigureAwait(false);
                // A decompressor may stop before its input's end, where the digest is compared.
                byte[] rest = new byte[64 * 1024];
                while (await layer.ReadAsync(rest, cancellation).ConfigureAwait(false) > 0)
                {
                }
            }
            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await writer.CompleteAsync(exception is InvalidDataException or EndOfStreamException or SharpCompress.Common.SharpCompressException
                ? new NsToolsException(FailureKind.InvalidData, "LayerInvalid", $"A layer cannot be decompressed: {exception.Message.TrimEnd('.')}.", "The image was made wrongly: get it from another source.", exception)
                : exception).ConfigureAwait(false);
        }
    }

    private static Stream Decompress(Compression compression, Stream content) => compression switch
    {
        Compression.None => content,
        Compression.Gzip => new WholeGzipStream(content),
        Compression.Zstd => new DecompressionStream(content, bufferSize: 1 << 20, checkEndOfStream: true, leaveOpen: true),
        _ => throw new InvalidDataException($"{compression} is no compression of layers"),
    };

    private static Stream Compress(Stream to, LayerCompression compression, int? level) => compression switch
    {
        LayerCompression.Gzip => new GZipStream(to, new ZLibCompressionOptions { CompressionLevel = level ?? 6 }),
        LayerCompression.Zstd => new CompressionStream(to, level ?? 3, leaveOpen: true),
        _ => to,
    };

    private sealed class PrefixedStream(ReadOnlyMemory<byte> start, Stream rest) : ForwardStream
    {
        private ReadOnlyMemory<byte> _start = start;

        public override int Read(Span<byte> buffer)
        {
            if (_start.IsEmpty)
                return rest.Read(buffer);
            int count = Math.Min(buffer.Length, _start.Length);
            _start.Span[..count].CopyTo(buffer);
            _start = _start[count..];
            return count;
        }
    }
}
