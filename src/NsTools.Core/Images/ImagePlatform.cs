using System.Text.Json.Serialization;

namespace NsTools;

/// <summary>What an image runs on (OCI image-spec, image-index.md, "platform").</summary>
public sealed record ImagePlatform
{
    /// <summary>Operating system, as Go names it (<c>linux</c>).</summary>
    [JsonPropertyName("os")]
    public string Os { get; init => field = value ?? ""; } = "";

    /// <summary>Machine, as Go names it (<c>amd64</c>, <c>arm64</c>).</summary>
    [JsonPropertyName("architecture")]
    public string Architecture { get; init => field = value ?? ""; } = "";

    /// <summary>Variant of the machine (<c>v7</c>, <c>v8</c>); null where there is none.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>Version of the operating system (Windows has it); null where there is none.</summary>
    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    /// <summary>Features that the operating system must have.</summary>
    [JsonPropertyName("os.features")]
    public IReadOnlyList<string>? OsFeatures { get; init; }

    /// <summary>This machine's.</summary>
    public static ImagePlatform Host { get; } = Images.PlatformMatcher.Host;

    /// <summary>Reads <c>os/arch[/variant]</c>.</summary>
    /// <param name="text">The text; <c>x86_64</c> and <c>aarch64</c> stand for Go's names.</param>
    /// <exception cref="NsToolsException">It is none (<c>InvalidPlatform</c>).</exception>
    public static ImagePlatform Parse(string text) => Images.PlatformMatcher.Parse(text);

    /// <summary><c>os/arch[/variant]</c>.</summary>
    public override string ToString() => Variant is { Length: > 0 } ? $"{Os}/{Architecture}/{Variant}" : $"{Os}/{Architecture}";
}
