using System.Text.Json;
using System.Text.Json.Serialization;

namespace NsTools.Images.Archives;

/// <summary>One image of <c>manifest.json</c> in what <c>docker save</c> writes.</summary>
internal sealed record DockerArchiveEntry
{
    /// <summary>Name of the configuration's file.</summary>
    [JsonPropertyName("Config")]
    public string Config { get; init => field = value ?? ""; } = "";

    /// <summary>Names that the image gets when it is loaded.</summary>
    [JsonPropertyName("RepoTags")]
    public IReadOnlyList<string> RepoTags { get; init => field = value ?? []; } = [];

    /// <summary>Names of the layers' files, the lowest first.</summary>
    [JsonPropertyName("Layers")]
    public IReadOnlyList<string> Layers { get; init => field = value ?? []; } = [];

    /// <summary>Reads <c>manifest.json</c>.</summary>
    /// <param name="content">The document.</param>
    /// <param name="path">The archive, for errors.</param>
    /// <exception cref="NsToolsException">It is none (<c>ArchiveNotAnImage</c>).</exception>
    public static IReadOnlyList<DockerArchiveEntry> ReadAll(byte[] content, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(content, DockerArchiveJson.Default.DockerArchiveEntryArray) ?? [];
        }
        catch (JsonException exception)
        {
            throw new NsToolsException(
                FailureKind.InvalidData, "ArchiveNotAnImage", $"'{path}': its manifest.json is not what docker save writes ({DisplayText.Of(exception.Message)}).", "Get the archive again.", exception);
        }
    }

    /// <summary>The document of several images.</summary>
    public static byte[] ToBytes(IReadOnlyList<DockerArchiveEntry> entries) =>
        JsonSerializer.SerializeToUtf8Bytes([.. entries], DockerArchiveJson.Default.DockerArchiveEntryArray);

    /// <summary>The image that a reference names.</summary>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>), or which one is meant cannot be told (<c>ImageAmbiguous</c>).</exception>
    public static DockerArchiveEntry Find(IReadOnlyList<DockerArchiveEntry> entries, ImageReference reference)
    {
        string names = string.Join(", ", entries.SelectMany(e => e.RepoTags).Take(10).Select(DisplayText.Of));
        if (reference.Name is { } name)
        {
            return entries.FirstOrDefault(e => e.RepoTags.Any(tag => NameOf(tag) is { } has && (has == name || has == $"docker.io/library/{name}" || has == $"docker.io/{name}")))
                ?? throw new NsToolsException(FailureKind.NotFound, "ImageNotFound", $"'{reference.Path}' has no image '{name}'.", $"It has: {names}.");
        }
        return entries.Count switch
        {
            1 => entries[0],
            0 => throw new NsToolsException(FailureKind.NotFound, "ImageNotFound", $"'{reference.Path}' has no image."),
            _ => throw new NsToolsException(
                FailureKind.InvalidArgument, "ImageAmbiguous", $"'{reference.Path}' has {entries.Count} images, and the reference does not say which.", $"Add a colon and a name. It has: {names}."),
        };
    }

    // Docker writes short names, "alpine:3", where others write "docker.io/library/alpine:3".
    private static string? NameOf(string tag) =>
        ImageReference.TryParse($"docker-archive:/x:{tag}", out ImageReference? parsed) ? parsed.Name : null;
}
