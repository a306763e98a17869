namespace NsTools.Images;

/// <summary>
/// Where an image is written to: blobs in any order and several at once, then the manifests they belong to, an index
/// after its manifests, the one that the reference names last, then <see cref="CommitAsync"/>. What is disposed
/// without it leaves no image behind, only blobs or parts of them for the next try.
/// </summary>
public interface IImageDestination : IAsyncDisposable
{
    /// <summary>What was opened.</summary>
    ImageReference Reference { get; }

    /// <summary>True when it can hold a manifest of the type; where not, it is converted.</summary>
    /// <param name="mediaType">Media type of a manifest or index.</param>
    bool Accepts(string mediaType);

    /// <summary>True when others who read it understand a manifest of the type; where not, it is converted unless its digest is to be preserved.</summary>
    /// <param name="mediaType">Media type of a manifest or index.</param>
    bool Prefers(string mediaType) => Accepts(mediaType);

    /// <summary>True when it has to have layers without compression (docker-archive).</summary>
    bool WantsPlainLayers { get; }

    /// <summary>True when it has the blob already.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation);

    /// <summary>True when it has a manifest together with all that belongs to it; false where that cannot be told at once.</summary>
    /// <param name="digest">The manifest's digest.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<bool> HasManifestAsync(Digest digest, CancellationToken cancellation) => Task.FromResult(false);

    /// <summary>Takes the blob over from another repository of the same registry, where it can.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="from">The source of the copy.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>True when it has the blob now.</returns>
    Task<bool> TryMountBlobAsync(ImageDescriptor blob, ImageReference from, CancellationToken cancellation) => Task.FromResult(false);

    /// <summary>Writes a blob whose digest is known, verifying it; goes on where an earlier try stopped.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="open">Opens its content.</param>
    /// <param name="onProgress">Is told of bytes that came over, from any thread.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>How many of its bytes came over in this call; the rest was there.</returns>
    /// <exception cref="NsToolsException">What came is not the blob (<c>DigestMismatch</c>, <c>SizeMismatch</c>), or it cannot be written.</exception>
    Task<long> PutBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation);

    /// <summary>Writes a blob whose digest comes to be known only at its end (it is compressed on the way).</summary>
    /// <param name="content">Its content.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What points to it.</returns>
    Task<ImageDescriptor> PutNewBlobAsync(Stream content, string mediaType, CancellationToken cancellation);

    /// <summary>Writes a manifest or index.</summary>
    /// <param name="manifest">It.</param>
    /// <param name="isNamed">True for the one that the reference's name is to stand for, false for those found by digest only.</param>
    /// <param name="cancellation">Ends it.</param>
    Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation);

    /// <summary>Makes the image appear.</summary>
    /// <param name="cancellation">Ends it.</param>
    Task CommitAsync(CancellationToken cancellation);
}
