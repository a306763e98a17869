using System.Text.Json.Serialization;

namespace NsTools;

/// <summary>An image's configuration (OCI image-spec, config.md; Docker's container.image.v1 has the same members).</summary>
public sealed record ImageConfig
{
    /// <summary>When the image was made; null where the document does not say.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset? Created { get; init; }

    /// <summary>Who made it.</summary>
    [JsonPropertyName("author")]
    public string? Author { get; init; }

    /// <summary>Machine, as Go names it (<c>amd64</c>).</summary>
    [JsonPropertyName("architecture")]
    public string? Architecture { get; init; }

    /// <summary>Variant of the machine.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>Operating system (<c>linux</c>).</summary>
    [JsonPropertyName("os")]
    public string? Os { get; init; }

    /// <summary>Version of the operating system.</summary>
    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    /// <summary>Features that the operating system must have.</summary>
    [JsonPropertyName("os.features")]
    public IReadOnlyList<string>? OsFeatures { get; init; }

    /// <summary>What a container begins with.</summary>
    [JsonPropertyName("config")]
    public ImageRunConfig Config { get; init => field = value ?? new(); } = new();

    /// <summary>The layers' content.</summary>
    [JsonPropertyName("rootfs")]
    public ImageLayerContents RootFs { get; init => field = value ?? new(); } = new();

    /// <summary>How each layer came to be, the lowest first.</summary>
    [JsonPropertyName("history")]
    public IReadOnlyList<ImageConfigHistory> History { get; init => field = value ?? []; } = [];

    /// <summary>Digest of the configuration's bytes, which is the image's id.</summary>
    [JsonIgnore]
    public Digest? Digest { get; init; }

    /// <summary>What it runs on.</summary>
    [JsonIgnore]
    public ImagePlatform Platform => new() { Os = Os ?? "", Architecture = Architecture ?? "", Variant = Variant };

    /// <inheritdoc/>
    public override string ToString() => Digest?.ToString() ?? Platform.ToString();
}
