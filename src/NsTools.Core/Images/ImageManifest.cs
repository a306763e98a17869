using System.Text.Json.Serialization;

namespace NsTools;

/// <summary>
/// The manifest of one image or artifact (OCI image-spec, manifest.md; Docker's Image Manifest V2, Schema 2).
/// </summary>
public sealed record ImageManifest
{
    /// <summary>Always 2.</summary>
    [JsonPropertyName("schemaVersion")]
    public int SchemaVersion { get; init; } = 2;

    /// <summary>Its media type; null where the document does not say.</summary>
    [JsonPropertyName("mediaType")]
    public string? MediaType { get; init; }

    /// <summary>What an artifact is; null for an image.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>Its configuration.</summary>
    [JsonPropertyName("config")]
    public required ImageDescriptor Config { get; init; }

    /// <summary>Its layers, the lowest first.</summary>
    [JsonPropertyName("layers")]
    public IReadOnlyList<ImageDescriptor> Layers { get; init => field = value ?? []; } = [];

    /// <summary>The manifest that this one belongs to (of a signature: what is signed); null where there is none.</summary>
    [JsonPropertyName("subject")]
    public ImageDescriptor? Subject { get; init; }

    /// <summary>Annotations by their names.</summary>
    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Digest of the manifest's bytes.</summary>
    [JsonIgnore]
    public Digest? Digest { get; init; }

    /// <summary>True for a container image, false for an artifact.</summary>
    [JsonIgnore]
    public bool IsImage => Images.ImageMediaTypes.IsConfig(Config.MediaType);

    /// <summary>Size of its configuration and layers as they are transferred, in bytes.</summary>
    [JsonIgnore]
    public long Size => Config.Size + Layers.Sum(l => l.Size);

    /// <inheritdoc/>
    public override string ToString() => Digest?.ToString() ?? MediaType ?? "manifest";
}
