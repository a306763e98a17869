using System.Net;
using System.Security.Cryptography;

namespace NsTools.Images.Registries;

/// <summary>
/// A blob, or the rest of one, as a request's body. All of it goes through the hash on the way: when it was not the
/// blob, sending fails before the registry is told that this was all.
/// </summary>
internal sealed class BlobContent : HttpContent
{
    private const int BufferSize = 512 * 1024;

    private readonly ImageDescriptor _blob;
    private readonly BlobOpener _open;
    private readonly long _offset;
    private readonly Action<long>? _onProgress;

    /// <summary>Makes a body.</summary>
    /// <param name="blob">What it is.</param>
    /// <param name="open">Opens its content.</param>
    /// <param name="offset">Where to begin; a rest cannot be verified here, the registry does it.</param>
    /// <param name="onProgress">Is told of bytes that have gone.</param>
    public BlobContent(ImageDescriptor blob, BlobOpener open, long offset, Action<long>? onProgress)
    {
        _blob = blob;
        _open = open;
        _offset = offset;
        _onProgress = onProgress;
        Headers.ContentType = new("application/octet-stream");
        if (offset > 0)
            Headers.TryAddWithoutValidation("Content-Range", $"{offset}-{blob.Size - 1}");
    }

    /// <summary>Called when a part has gone.</summary>
    public Action? Sent { get; set; }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _blob.Size - _offset;
        return true;
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using IncrementalHash? hash = _offset == 0 ? _blob.Digest.CreateHash() : null;
        Stream source = await _open(_offset, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            // Two buffers: one goes out while the other is filled. A small blob has one of its own size, and a byte that tells when more comes.
            int size = (int)Math.Clamp(_blob.Size - _offset + 1, 1, BufferSize);
            byte[] filling = GC.AllocateUninitializedArray<byte>(size);
            byte[] going = size < BufferSize ? [] : GC.AllocateUninitializedArray<byte>(size);
            long position = _offset;
            Task sending = Task.CompletedTask;
            try
            {
                while (await source.ReadAtLeastAsync(filling, filling.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) is > 0 and int read)
                {
                    await sending.ConfigureAwait(false);
                    position += read;
                    if (position > _blob.Size)
                        throw BlobFailure.WrongSize("The source", _blob, position, isMore: true);
                    (filling, going) = (going, filling);
                    // The last part waits until it is known that all was right.
                    hash?.AppendData(going, 0, read);
                    if (position == _blob.Size && hash is not null && !_blob.Digest.Matches(hash))
                        throw BlobFailure.WrongDigest("The source", _blob);
                    sending = SendAsync(stream, going.AsMemory(0, read), cancellationToken);
                }
                await sending.ConfigureAwait(false);
            }
            finally
            {
                // A buffer that still goes out must not be let go of.
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            if (position != _blob.Size)
                throw BlobFailure.WrongSize("The source", _blob, position, isMore: false);
        }
    }

    private async Task SendAsync(Stream stream, ReadOnlyMemory<byte> part, CancellationToken cancellation)
    {
        await stream.WriteAsync(part, cancellation).ConfigureAwait(false);
        Sent?.Invoke();
        _onProgress?.Invoke(part.Length);
    }
}
