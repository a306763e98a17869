namespace NsTools.Images;

/// <summary>Media types of images (OCI image-spec, media-types.md; Docker's Image Manifest V2, Schema 2).</summary>
public static class ImageMediaTypes
{
    /// <summary>OCI index.</summary>
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>OCI manifest.</summary>
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>OCI image configuration.</summary>
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";

    /// <summary>OCI layer, not compressed.</summary>
    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>OCI layer, gzip.</summary>
    public const string OciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>OCI layer, zstd.</summary>
    public const string OciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

    /// <summary>The empty JSON object that an artifact has for its configuration.</summary>
    public const string OciEmpty = "application/vnd.oci.empty.v1+json";

    /// <summary>Docker manifest list.</summary>
    public const string DockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Docker manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Docker image configuration.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>Docker layer, gzip.</summary>
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Docker layer, not compressed.</summary>
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";

    /// <summary>Docker layer, zstd: what BuildKit and containers/image write, though Docker never named it.</summary>
    public const string DockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

    /// <summary>Docker layer that must not be distributed.</summary>
    public const string DockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

    /// <summary>What a client accepts for a manifest, in the order of preference.</summary>
    public static IReadOnlyList<string> Manifests { get; } = [OciIndex, OciManifest, DockerList, DockerManifest];

    /// <summary>True for an index or a manifest list.</summary>
    /// <param name="mediaType">A media type.</param>
    public static bool IsIndex(string? mediaType) => mediaType is OciIndex or DockerList;

    /// <summary>True for a manifest of one image or artifact.</summary>
    /// <param name="mediaType">A media type.</param>
    public static bool IsManifest(string? mediaType) => mediaType is OciManifest or DockerManifest;

    /// <summary>True for an image's configuration (and not an artifact's).</summary>
    /// <param name="mediaType">A media type.</param>
    public static bool IsConfig(string? mediaType) => mediaType is OciConfig or DockerConfig;

    /// <summary>True for a layer that may not be distributed, which is where its URLs say.</summary>
    /// <param name="mediaType">A media type.</param>
    public static bool IsForeignLayer(string? mediaType) => mediaType is DockerForeignLayer
        || mediaType?.StartsWith("application/vnd.oci.image.layer.nondistributable.", StringComparison.Ordinal) == true;

    /// <summary>True for a layer of an image's file system.</summary>
    /// <param name="mediaType">A media type.</param>
    public static bool IsLayer(string? mediaType) =>
        mediaType is OciLayer or OciLayerGzip or OciLayerZstd or DockerLayer or DockerLayerGzip or DockerLayerZstd || IsForeignLayer(mediaType);
}
