using System.Text.Json.Serialization;

namespace NsTools;

/// <summary>The layers' content (OCI image-spec, config.md, member <c>rootfs</c>).</summary>
public sealed record ImageLayerContents
{
    /// <summary>Always <c>layers</c>.</summary>
    [JsonPropertyName("type")]
    public string Type { get; init => field = value ?? "layers"; } = "layers";

    /// <summary>Digests of the layers' decompressed tar archives, the lowest first.</summary>
    [JsonPropertyName("diff_ids")]
    public IReadOnlyList<Digest> DiffIds { get; init => field = value ?? []; } = [];
}
