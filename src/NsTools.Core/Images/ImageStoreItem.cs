namespace NsTools;

/// <summary>What of the store nothing needs any more.</summary>
public enum ImageStoreItemKind
{
    /// <summary>A blob or document that no image has.</summary>
    Blob,

    /// <summary>The name-less entry of a signature or the like whose image is gone.</summary>
    Referrer,

    /// <summary>A part of a blob, from a copy that was cut off.</summary>
    PartialBlob,

    /// <summary>An unpacked layer that no image has and no mount uses.</summary>
    Layer,

    /// <summary>What a mount of an image that is gone has left.</summary>
    MountDirectory,
}

/// <summary>A thing of the store that nothing needs any more.</summary>
public sealed record ImageStoreItem
{
    /// <summary>What it is.</summary>
    public required ImageStoreItemKind Kind { get; init; }

    /// <summary>Its digest, chain ID or file name.</summary>
    public required string Name { get; init; }

    /// <summary>Its path; of a referrer the layout's.</summary>
    public required string Path { get; init; }

    /// <summary>Size of its content in bytes.</summary>
    public required long Size { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}
