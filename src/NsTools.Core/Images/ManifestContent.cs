namespace NsTools.Images;

/// <summary>A manifest or index exactly as its source has it: only these bytes have its digest.</summary>
public sealed class ManifestContent
{
    private readonly byte[] _bytes;

    private ManifestContent(string mediaType, byte[] bytes, Digest digest)
    {
        MediaType = mediaType;
        _bytes = bytes;
        Digest = digest;
    }

    /// <summary>Its media type; one of <see cref="ImageMediaTypes.Manifests"/>.</summary>
    public string MediaType { get; }

    /// <summary>The document.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The same as memory, for what is asynchronous.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>Its digest.</summary>
    public Digest Digest { get; }

    /// <summary>True for an index or manifest list.</summary>
    public bool IsIndex => ImageMediaTypes.IsIndex(MediaType);

    /// <summary>What points to it.</summary>
    public ImageDescriptor Descriptor => new() { MediaType = MediaType, Digest = Digest, Size = _bytes.Length };

    /// <summary>Takes a document, checking its size, its digest, and that it is what it is said to be.</summary>
    /// <param name="bytes">The document; owned.</param>
    /// <param name="mediaType">The media type that its source gave; null where it gave none.</param>
    /// <param name="expected">The digest that it must have; null where any will do.</param>
    /// <param name="origin">Where it comes from, for errors.</param>
    /// <exception cref="NsToolsException">
    /// It is too large (<c>ManifestTooLarge</c>), has another digest (<c>DigestMismatch</c>), or is no manifest (<c>ManifestInvalid</c>).
    /// </exception>
    public static ManifestContent Create(byte[] bytes, string? mediaType, Digest? expected, string origin)
    {
        if (bytes.Length > Documents.ImageDocuments.MaximumManifestSize)
            throw TooLarge(origin);
        if (expected is not null && !expected.Matches(bytes))
        {
            throw new NsToolsException(
                FailureKind.InvalidData,
                "DigestMismatch",
                $"{origin}: the digest of the manifest that came is {Digest.Of(bytes)}, not {expected}.",
                "Do not trust the source; try again, or another.");
        }
        return new ManifestContent(Documents.ImageDocuments.MediaTypeOf(bytes, mediaType), bytes, expected ?? Digest.Of(bytes));
    }

    internal static NsToolsException TooLarge(string origin) => new(
        FailureKind.LimitExceeded,
        "ManifestTooLarge",
        $"{origin}: the manifest has more than {Documents.ImageDocuments.MaximumManifestSize:N0} bytes.",
        "No registry takes such a manifest: do not trust the source.");
}
