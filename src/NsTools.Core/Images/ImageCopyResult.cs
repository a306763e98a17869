namespace NsTools;

/// <summary>What a copy of an image did.</summary>
public sealed record ImageCopyResult
{
    /// <summary>What was copied.</summary>
    public required ImageReference Source { get; init; }

    /// <summary>Where to.</summary>
    public required ImageReference Destination { get; init; }

    /// <summary>Digest of the manifest or index at the destination.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Its media type.</summary>
    public required string MediaType { get; init; }

    /// <summary>Manifests written, an index's own included.</summary>
    public int ManifestCount { get; init; }

    /// <summary>Blobs (layers and configurations) transferred.</summary>
    public int BlobsCopied { get; init; }

    /// <summary>Blobs that the destination had already.</summary>
    public int BlobsSkipped { get; init; }

    /// <summary>Blobs that the destination's registry took over from another of its repositories.</summary>
    public int BlobsMounted { get; init; }

    /// <summary>Bytes of blobs that went over in this copy.</summary>
    public long BytesMoved { get; init; }

    /// <summary>Bytes of blobs that need not go over: skipped, mounted, or there from an earlier try.</summary>
    public long BytesSkipped { get; init; }

    /// <summary>Signatures, SBOMs and other artifacts copied with it.</summary>
    public int ReferrersCopied { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Bytes moved in a second.</summary>
    public double BytesPerSecond => Duration > TimeSpan.Zero ? BytesMoved / Duration.TotalSeconds : 0;
}
