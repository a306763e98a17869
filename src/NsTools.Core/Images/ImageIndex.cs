using System.Text.Json.Serialization;

namespace NsTools;

/// <summary>A list of manifests, by platform mostly (OCI image-spec, image-index.md; Docker's manifest list).</summary>
public sealed record ImageIndex
{
    /// <summary>Always 2.</summary>
    [JsonPropertyName("schemaVersion")]
    public int SchemaVersion { get; init; } = 2;

    /// <summary>Its media type; null where the document does not say.</summary>
    [JsonPropertyName("mediaType")]
    public string? MediaType { get; init; }

    /// <summary>What an artifact is; null for images.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>The manifests.</summary>
    [JsonPropertyName("manifests")]
    public IReadOnlyList<ImageDescriptor> Manifests { get; init => field = value ?? []; } = [];

    /// <summary>The manifest that this index belongs to; null where there is none.</summary>
    [JsonPropertyName("subject")]
    public ImageDescriptor? Subject { get; init; }

    /// <summary>Annotations by their names.</summary>
    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Digest of the index's bytes.</summary>
    [JsonIgnore]
    public Digest? Digest { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Digest?.ToString() ?? MediaType ?? "index";
}
