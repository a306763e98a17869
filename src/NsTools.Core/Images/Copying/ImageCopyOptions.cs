namespace NsTools.Images.Copying;

/// <summary>How an image is to be copied.</summary>
public sealed record ImageCopyOptions
{
    /// <summary>True copies every image of an index.</summary>
    public bool CopiesAll { get; init; }

    /// <summary>Which image of an index; null for this machine's.</summary>
    public ImagePlatform? Platform { get; init; }

    /// <summary>The manifests' media types; null leaves them as they are.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>True fails where something would change the digest.</summary>
    public bool PreservesDigest { get; init; }

    /// <summary>How layers are to be compressed; null leaves them as they are.</summary>
    public LayerCompression? Compression { get; init; }

    /// <summary>How hard; null for the usual.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>How many blobs at once.</summary>
    public int ThrottleLimit { get; init; } = 6;

    /// <summary>True copies signatures, SBOMs and attestations, too.</summary>
    public bool IncludesReferrers { get; init; }

    /// <summary>True where something is asked for that changes manifests.</summary>
    public bool ChangesContent => Format is not null || Compression is not null;
}
