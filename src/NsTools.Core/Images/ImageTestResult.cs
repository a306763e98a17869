namespace NsTools;

/// <summary>What one part of an image is.</summary>
public enum ImagePart
{
    /// <summary>The index, or manifest list.</summary>
    Index,

    /// <summary>The manifest.</summary>
    Manifest,

    /// <summary>The configuration.</summary>
    Config,

    /// <summary>A layer.</summary>
    Layer,

    /// <summary>Content of an artifact, whatever that is.</summary>
    Blob,
}

/// <summary>What a test of one part of an image has found.</summary>
public enum ImageTestStatus
{
    /// <summary>It is there, and what it must be.</summary>
    Ok,

    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It has another size than what points to it says.</summary>
    WrongSize,

    /// <summary>It has another digest.</summary>
    WrongDigest,

    /// <summary>A layer decompresses to something else than the configuration says.</summary>
    WrongDiffId,

    /// <summary>It cannot be read as what it should be.</summary>
    Invalid,
}

/// <summary>The test of one part of an image.</summary>
public sealed record ImageTestResult
{
    /// <summary>The image.</summary>
    public required string Image { get; init; }

    /// <summary>Which part.</summary>
    public required ImagePart Part { get; init; }

    /// <summary>What was found.</summary>
    public required ImageTestStatus Status { get; init; }

    /// <summary>The digest that it must have.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Its media type.</summary>
    public required string MediaType { get; init; }

    /// <summary>The size that it must have, in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public string? Message { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Part} {Digest.Short}: {Status}";
}
