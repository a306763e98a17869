using System.Security.Cryptography;
using NsTools.RootFileSystems.Archives;

namespace NsTools.Images;

/// <summary>
/// A blob's content that fails instead of ending when it was not the blob: its bytes must not be acted on for good
/// before the end has been read.
/// </summary>
/// <param name="content">The content from its start; owned.</param>
/// <param name="blob">What it must be.</param>
/// <param name="origin">Where it comes from, for errors.</param>
internal sealed class VerifyingStream(Stream content, ImageDescriptor blob, string origin) : ForwardStream
{
    private readonly IncrementalHash _hash = blob.Digest.CreateHash();
    private long _position;
    private bool _isVerified;

    /// <summary>Is told of bytes that have been read.</summary>
    public Action<long>? OnRead { get; init; }

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = content.Read(buffer);
        if (read > 0 || !buffer.IsEmpty)
            Check(buffer[..read]);
        return read;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read > 0 || !buffer.IsEmpty)
            Check(buffer.Span[..read]);
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            _hash.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Check(ReadOnlySpan<byte> part)
    {
        if (!part.IsEmpty)
        {
            _position += part.Length;
            if (_position > blob.Size)
                throw BlobFailure.WrongSize(origin, blob, _position, isMore: true);
            _hash.AppendData(part);
            OnRead?.Invoke(part.Length);
        }
        else if (!_isVerified)
        {
            if (_position != blob.Size)
                throw BlobFailure.WrongSize(origin, blob, _position, isMore: false);
            if (!blob.Digest.Matches(_hash))
                throw BlobFailure.WrongDigest(origin, blob);
            _isVerified = true;
        }
    }
}
