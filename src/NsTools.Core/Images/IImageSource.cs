namespace NsTools.Images;

/// <summary>Where an image is read from. May be used from several threads at once.</summary>
public interface IImageSource : IAsyncDisposable
{
    /// <summary>What was opened.</summary>
    ImageReference Reference { get; }

    /// <summary>What points to the manifest that the reference names; null where that is not known before it is read.</summary>
    ImageDescriptor? Entry => null;

    /// <summary>A manifest or index, its digest verified.</summary>
    /// <param name="digest">Which; null for the one that the reference names.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>, <c>ManifestNotFound</c>), or it is not valid.</exception>
    Task<ManifestContent> GetManifestAsync(Digest? digest, CancellationToken cancellation);

    /// <summary>A blob's content. It is not verified: whoever uses it reads it through a <see cref="VerifyingStream"/>.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="offset">Where to begin, in bytes from its start.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none (<c>BlobNotFound</c>), or it cannot be had.</exception>
    Task<Stream> OpenBlobAsync(ImageDescriptor blob, long offset, CancellationToken cancellation);

    /// <summary>The manifests whose <c>subject</c> is another one (signatures, SBOMs): distribution-spec, "Listing Referrers".</summary>
    /// <param name="subject">That one.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<IReadOnlyList<ImageDescriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellation);
}
