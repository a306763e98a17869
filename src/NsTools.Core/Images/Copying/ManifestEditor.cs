using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NsTools.Images.Copying;

/// <summary>
/// Changes a manifest's document where a copy changes what it says, and leaves all else as it is, members that nobody
/// knows included.
/// </summary>
internal static class ManifestEditor
{
    // A plus sign is a plus sign: \u002B is right, too, but not for everybody who reads it.
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document of an image with other layers, or of the other format.</summary>
    /// <param name="tree">The image.</param>
    /// <param name="layers">The layers by the digests of those whose place they take.</param>
    /// <param name="format">The format.</param>
    public static ManifestContent Rewrite(ManifestTree tree, IReadOnlyDictionary<Digest, ImageDescriptor> layers, ImageFormat format)
    {
        JsonObject document = JsonNode.Parse(tree.Content.Bytes)!.AsObject();
        bool isDocker = format == ImageFormat.Docker;
        SetMediaType(document, isDocker ? ImageMediaTypes.DockerManifest : ImageMediaTypes.OciManifest);
        document["config"]!["mediaType"] = isDocker ? ImageMediaTypes.DockerConfig : ImageMediaTypes.OciConfig;
        foreach (JsonNode? layer in document["layers"] as JsonArray ?? [])
        {
            string type = layer!["mediaType"]?.ToString() ?? "";
            if (Digest.TryParse(layer["digest"]?.ToString(), out Digest? digest) && layers.TryGetValue(digest, out ImageDescriptor? changed))
            {
                layer["digest"] = changed.Digest.ToString();
                layer["size"] = changed.Size;
                type = changed.MediaType;
                // They tell of the former blob (an estargz table of contents).
                layer.AsObject().Remove("annotations");
            }
            layer["mediaType"] = LayerTypes.Translate(type, format);
            if (isDocker)
                layer.AsObject().Remove("annotations");
        }
        if (isDocker)
        {
            // Docker's schema has none of these.
            foreach (string name in (string[])["annotations", "subject", "artifactType"])
                document.Remove(name);
        }
        return ContentOf(document);
    }

    /// <summary>The document of an index whose manifests have changed.</summary>
    /// <param name="tree">The index.</param>
    /// <param name="manifests">What stands for each of its manifests now.</param>
    /// <param name="format">The format.</param>
    public static ManifestContent RewriteIndex(ManifestTree tree, IReadOnlyDictionary<Digest, ManifestContent> manifests, ImageFormat format)
    {
        JsonObject document = JsonNode.Parse(tree.Content.Bytes)!.AsObject();
        bool isDocker = format == ImageFormat.Docker;
        SetMediaType(document, isDocker ? ImageMediaTypes.DockerList : ImageMediaTypes.OciIndex);
        foreach (JsonNode? entry in document["manifests"] as JsonArray ?? [])
        {
            if (Digest.TryParse(entry!["digest"]?.ToString(), out Digest? digest) && manifests.TryGetValue(digest, out ManifestContent? changed))
            {
                entry["digest"] = changed.Digest.ToString();
                entry["size"] = changed.Bytes.Length;
                entry["mediaType"] = changed.MediaType;
            }
            if (isDocker)
                entry.AsObject().Remove("annotations");
        }
        if (isDocker)
        {
            foreach (string name in (string[])["annotations", "subject", "artifactType"])
                document.Remove(name);
        }
        return ContentOf(document);
    }

    // After schemaVersion, as all tools write it.
    private static void SetMediaType(JsonObject document, string mediaType)
    {
        document.Remove("mediaType");
        document.Insert(Math.Min(1, document.Count), "mediaType", mediaType);
    }

    private static ManifestContent ContentOf(JsonObject document) =>
        ManifestContent.Create(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString(s_options)), document["mediaType"]!.ToString(), null, "The manifest made here");
}
