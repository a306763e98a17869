using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>An image of the local store: one name, or one manifest without a name.</summary>
public sealed record Image
{
    /// <summary>Its name in the store (<c>localhost:5000/app:v1</c>); null where it has none.</summary>
    public string? Name { get; init; }

    /// <summary>The name without the tag; null where it has no name.</summary>
    public string? Repository { get; init; }

    /// <summary>The tag; null where it has none.</summary>
    public string? Tag { get; init; }

    /// <summary>Digest of its manifest or index.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Media type of its manifest or index.</summary>
    public required string MediaType { get; init; }

    /// <summary>Digest of its configuration, which Podman and Docker call the image's id; null for an index.</summary>
    public Digest? Id { get; init; }

    /// <summary>When it was made; null where it does not say.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>What it runs on; of an index all that it has.</summary>
    public ReadOnlyCollection<ImagePlatform> Platforms { get; init; } = [];

    /// <summary>Size of its layers and configuration as they are stored, in bytes; of an index, of those that are in the store.</summary>
    public long Size { get; init; }

    /// <summary>How many layers it has; of an index, 0.</summary>
    public int LayerCount { get; init; }

    /// <summary>Labels of its configuration; null where it has none.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>What an artifact is; null for an image.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>What is wrong with it (a blob that is missing or damaged); null where nothing is known to be.</summary>
    public string? Problem { get; init; }

    /// <summary>What names it to other cmdlets: its name, or its digest where it has none.</summary>
    public string Reference => Name ?? Digest.ToString();

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
