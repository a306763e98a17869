namespace NsTools;

/// <summary>A layer of an image, with both its digests.</summary>
public sealed record ImageLayer
{
    /// <summary>Its place, 0 for the lowest.</summary>
    public required int Index { get; init; }

    /// <summary>Digest of the blob, as it is stored and transferred.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Digest of its decompressed tar archive; null where the configuration does not say.</summary>
    public Digest? DiffId { get; init; }

    /// <summary>Its media type.</summary>
    public required string MediaType { get; init; }

    /// <summary>Size of the blob, in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Annotations by their names.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Digest.ToString();
}
