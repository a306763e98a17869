using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NsTools.Images.Documents;

/// <summary>Reads manifests, indexes and configurations, which may be anybody's: limits first, then the members.</summary>
public static class ImageDocuments
{
    /// <summary>
    /// Size that a manifest or index may have, in bytes: registries must take 4 MiB (distribution-spec, "Pushing
    /// Manifests") and hardly any takes more.
    /// </summary>
    public const int MaximumManifestSize = 4 << 20;

    /// <summary>Size that a configuration may have, in bytes.</summary>
    public const int MaximumConfigSize = 8 << 20;

    private const int MaximumEntries = 10_000;

    /// <summary>Reads a manifest.</summary>
    /// <param name="manifest">The document.</param>
    /// <exception cref="NsToolsException">It is none (<c>ManifestInvalid</c>).</exception>
    public static ImageManifest ReadManifest(ManifestContent manifest)
    {
        ImageManifest read = Read(manifest.Bytes, ImageJson.Default.ImageManifest, "manifest", manifest.Digest);
        if (read.Layers.Count > MaximumEntries)
            throw Invalid("manifest", manifest.Digest, $"it has {read.Layers.Count:N0} layers, more than {MaximumEntries:N0}");
        CheckVersion(read.SchemaVersion, read.MediaType, manifest, "manifest");
        foreach (ImageDescriptor descriptor in read.Layers.Append(read.Config))
            CheckSize(descriptor, "manifest", manifest.Digest);
        return read with { Digest = manifest.Digest };
    }

    /// <summary>Reads an index or manifest list.</summary>
    /// <param name="manifest">The document.</param>
    /// <exception cref="NsToolsException">It is none (<c>ManifestInvalid</c>).</exception>
    public static ImageIndex ReadIndex(ManifestContent manifest)
    {
        ImageIndex read = Read(manifest.Bytes, ImageJson.Default.ImageIndex, "index", manifest.Digest);
        if (read.Manifests.Count > MaximumEntries)
            throw Invalid("index", manifest.Digest, $"it has {read.Manifests.Count:N0} manifests, more than {MaximumEntries:N0}");
        CheckVersion(read.SchemaVersion, read.MediaType, manifest, "index");
        foreach (ImageDescriptor descriptor in read.Manifests)
            CheckSize(descriptor, "index", manifest.Digest);
        return read with { Digest = manifest.Digest };
    }

    /// <summary>What a manifest or index refers to (a signature to its image); null for most.</summary>
    /// <param name="manifest">The document.</param>
    /// <exception cref="NsToolsException">It is none (<c>ManifestInvalid</c>).</exception>
    internal static Digest? SubjectOf(ManifestContent manifest) => (manifest.IsIndex ? ReadIndex(manifest).Subject : ReadManifest(manifest).Subject)?.Digest;

    /// <summary>Reads a layout's own index.json, which may have many more entries than an image's.</summary>
    /// <param name="content">The document.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="NsToolsException">It is none (<c>LayoutInvalid</c>).</exception>
    internal static ImageIndex ReadLayoutIndex(ReadOnlySpan<byte> content, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(content, ImageJson.Default.ImageIndex) ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new NsToolsException(
                FailureKind.InvalidData, "LayoutInvalid", $"'{path}' is no index of an image layout: {Problem(exception)}.", "Restore it, or copy the images again.", exception);
        }
    }

    /// <summary>The document of an index.</summary>
    /// <param name="index">The index.</param>
    internal static byte[] ToBytes(ImageIndex index) => JsonSerializer.SerializeToUtf8Bytes(index, ImageJson.Readable.ImageIndex);

    /// <summary>Reads an image's configuration.</summary>
    /// <param name="content">The document.</param>
    /// <exception cref="NsToolsException">It is none (<c>ConfigInvalid</c>).</exception>
    public static ImageConfig ReadConfig(ReadOnlySpan<byte> content)
    {
        Digest digest = Digest.Of(content);
        return Read(content, ImageJson.Default.ImageConfig, "configuration", digest) with { Digest = digest };
    }

    /// <summary>
    /// Tells what a manifest's document is by its members, and checks that it agrees with the media type that it was
    /// said to have. A document that could be taken for both an image and an index is refused (CVE-2021-41190).
    /// </summary>
    /// <param name="content">The document.</param>
    /// <param name="claimed">The media type that its source gave; null where it gave none.</param>
    /// <exception cref="NsToolsException">It is none, or not what was claimed (<c>ManifestInvalid</c>, <c>ManifestTypeUnsupported</c>).</exception>
    public static string MediaTypeOf(ReadOnlySpan<byte> content, string? claimed)
    {
        bool hasLayers = false, hasConfig = false, hasManifests = false, hasSignatures = false, hasFsLayers = false;
        string? inside = null;
        try
        {
            var reader = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = 32 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new JsonException("it is no object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                hasLayers |= reader.ValueTextEquals("layers"u8);
                hasConfig |= reader.ValueTextEquals("config"u8);
                hasManifests |= reader.ValueTextEquals("manifests"u8);
                hasSignatures |= reader.ValueTextEquals("signatures"u8);
                hasFsLayers |= reader.ValueTextEquals("fsLayers"u8);
                bool isType = reader.ValueTextEquals("mediaType"u8);
                reader.Read();
                if (isType && reader.TokenType == JsonTokenType.String)
                    inside = reader.GetString();
                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Invalid("manifest", Digest.Of(content), Problem(exception), exception);
        }
        if (hasFsLayers || hasSignatures || inside?.StartsWith("application/vnd.docker.distribution.manifest.v1+", StringComparison.Ordinal) == true)
        {
            throw new NsToolsException(
                FailureKind.NotSupported,
                "ManifestTypeUnsupported",
                $"The manifest {Digest.Of(content)} is of Docker's schema 1, which Docker and the registries have given up.",
                "Push the image again with a Docker of after 2017.");
        }
        if (hasManifests && (hasLayers || hasConfig))
            throw Invalid("manifest", Digest.Of(content), "it has both 'manifests' and 'layers' or 'config', so that readers would differ in what it is");
        string? type = inside ?? WithoutParameters(claimed);
        if (type is null || !(ImageMediaTypes.IsIndex(type) || ImageMediaTypes.IsManifest(type)))
        {
            type = inside is null && hasManifests ? ImageMediaTypes.OciIndex
                : inside is null && hasConfig ? ImageMediaTypes.OciManifest
                : throw Invalid("manifest", Digest.Of(content), $"its media type is '{DisplayText.Of(type)}'");
        }
        if (ImageMediaTypes.IsIndex(type) ? hasLayers || hasConfig : hasManifests)
            throw Invalid("manifest", Digest.Of(content), $"it is no '{type}'");
        return type;
    }

    private static string? WithoutParameters(string? mediaType) => mediaType?.Split(';')[0].Trim();

    private static T Read<T>(ReadOnlySpan<byte> content, JsonTypeInfo<T> type, string what, Digest digest)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(content, type) ?? throw new JsonException("it is null");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Invalid(what, digest, Problem(exception), exception);
        }
    }

    private static void CheckVersion(int version, string? mediaType, ManifestContent manifest, string what)
    {
        if (version != 2)
            throw Invalid(what, manifest.Digest, $"its schemaVersion is {version}, not 2");
        if (mediaType is { Length: > 0 } && mediaType != manifest.MediaType)
            throw Invalid(what, manifest.Digest, $"it says that it is '{DisplayText.Of(mediaType)}', its source that it is '{DisplayText.Of(manifest.MediaType)}'");
    }

    private static void CheckSize(ImageDescriptor descriptor, string what, Digest digest)
    {
        if (descriptor.Size < 0)
            throw Invalid(what, digest, $"the size of {descriptor.Digest} is negative");
    }

    // What the deserializer says is precise but has our types' names and a second sentence in it.
    private static string Problem(Exception exception) =>
        DisplayText.Of(exception.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0].Replace("'NsTools.", "'", StringComparison.Ordinal)).TrimEnd('.')
        + (exception is JsonException { Path: { Length: > 1 } path } ? $", at {DisplayText.Of(path)}" : "");

    private static NsToolsException Invalid(string what, Digest digest, string problem, Exception? cause = null) => new(
        FailureKind.InvalidData,
        what == "configuration" ? "ConfigInvalid" : "ManifestInvalid",
        $"The {what} {digest} is not valid: {problem}.",
        "The image was made by a tool that does not follow the OCI image specification, or was tampered with: get it from another source.",
        cause);
}
