using System.IO.Pipelines;
using System.Security.Cryptography;
using NsTools.Images.Copying;

namespace NsTools.Images.Layers;

/// <summary>Brings a layer that is being made into an image's destination: written, hashed, compressed and stored at once, whatever its size.</summary>
internal static class LayerUpload
{
    // The same as for layers that are compressed anew: memory stays the same whatever the layer's size.
    private static readonly PipeOptions s_pipe = new(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20, minimumSegmentSize: 256 * 1024, useSynchronizationContext: false);

    /// <summary>Writes a layer.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="write">Writes its archive, on a thread of its own.</param>
    /// <param name="compression">How it is compressed.</param>
    /// <param name="level">How hard; null for the usual.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What points to the layer, and the digest of its archive (OCI image-spec, config.md, "Layer DiffID").</returns>
    public static async Task<(ImageDescriptor Layer, Digest DiffId)> PutAsync(
        IImageDestination destination, Action<Stream> write, LayerCompression compression, int? level, CancellationToken cancellation)
    {
        var pipe = new Pipe(s_pipe);
        // What is stored as it is has its digest from who stores it.
        bool isPlain = compression == LayerCompression.None;
        Task<Digest?> making = Task.Run(() => MakeAsync(pipe.Writer, write, isHashed: !isPlain), CancellationToken.None);
        Stream compressed = isPlain ? pipe.Reader.AsStream() : LayerRecompression.Begin(pipe.Reader.AsStream(), compression, level, cancellation);
        try
        {
            ImageDescriptor layer;
            await using (compressed.ConfigureAwait(false))
                layer = await destination.PutNewBlobAsync(compressed, MediaTypeOf(compression), cancellation).ConfigureAwait(false);
            return (layer, await making.ConfigureAwait(false) ?? layer.Digest);
        }
        catch
        {
            // Who writes must not wait for a reader that has gone, and its own failure is the one to tell.
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await making.ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<Digest?> MakeAsync(PipeWriter writer, Action<Stream> write, bool isHashed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            using (Stream output = writer.AsStream(leaveOpen: true))
                write(isHashed ? new HashingStream(output, hash) : output);
            await writer.CompleteAsync().ConfigureAwait(false);
            return isHashed ? Digest.Of(hash) : null;
        }
        catch (Exception failure)
        {
            await writer.CompleteAsync(failure).ConfigureAwait(false);
            throw;
        }
    }

    private static string MediaTypeOf(LayerCompression compression) => compression switch
    {
        LayerCompression.Gzip => ImageMediaTypes.OciLayerGzip,
        LayerCompression.Zstd => ImageMediaTypes.OciLayerZstd,
        _ => ImageMediaTypes.OciLayer,
    };

    private sealed class HashingStream(Stream to, IncrementalHash hash) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            hash.AppendData(buffer);
            to.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => to.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
