using System.Text.Json.Serialization;

namespace NsTools;

/// <summary>How a layer came to be (OCI image-spec, config.md, member <c>history</c>).</summary>
public sealed record ImageConfigHistory
{
    /// <summary>When.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset? Created { get; init; }

    /// <summary>By what command.</summary>
    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; init; }

    /// <summary>By whom.</summary>
    [JsonPropertyName("author")]
    public string? Author { get; init; }

    /// <summary>A remark.</summary>
    [JsonPropertyName("comment")]
    public string? Comment { get; init; }

    /// <summary>True where it made no layer.</summary>
    [JsonPropertyName("empty_layer")]
    public bool EmptyLayer { get; init; }
}
