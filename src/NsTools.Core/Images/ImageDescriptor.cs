using System.Text.Json.Serialization;

namespace NsTools;

/// <summary>What points to a content: its media type, digest and size (OCI image-spec, descriptor.md).</summary>
public sealed record ImageDescriptor
{
    /// <summary>What the content is.</summary>
    [JsonPropertyName("mediaType")]
    public string MediaType { get; init => field = value ?? ""; } = "";

    /// <summary>The content's digest.</summary>
    [JsonPropertyName("digest")]
    public required Digest Digest { get; init; }

    /// <summary>The content's size in bytes.</summary>
    [JsonPropertyName("size")]
    public required long Size { get; init; }

    /// <summary>Where else it can be had.</summary>
    [JsonPropertyName("urls")]
    public IReadOnlyList<string>? Urls { get; init; }

    /// <summary>Annotations by their names.</summary>
    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>In an index: what the image runs on.</summary>
    [JsonPropertyName("platform")]
    public ImagePlatform? Platform { get; init; }

    /// <summary>Of an artifact's manifest: what it is.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>The content itself, in Base64.</summary>
    [JsonPropertyName("data")]
    public string? Data { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Digest.ToString();
}
