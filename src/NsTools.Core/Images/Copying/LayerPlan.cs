namespace NsTools.Images.Copying;

/// <summary>What becomes of one manifest of a copy: its format, and which layers are compressed otherwise.</summary>
/// <param name="Format">The format that it will have.</param>
/// <param name="Compression">How layers that are compressed otherwise will be; null where they stay as they are.</param>
/// <param name="Layers">Those layers.</param>
/// <param name="IsChanged">True when the document changes for its own sake (an index changes with its manifests, too).</param>
internal sealed record LayerPlan(ImageFormat Format, LayerCompression? Compression, IReadOnlySet<Digest> Layers, bool IsChanged)
{
    /// <summary>Decides.</summary>
    /// <param name="tree">The manifest.</param>
    /// <param name="destination">Where it goes.</param>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="NsToolsException">It cannot be (<c>FormatUnsupported</c>), or not without changing the digest (<c>DigestNotPreserved</c>).</exception>
    public static LayerPlan For(ManifestTree tree, IImageDestination destination, ImageCopyOptions options)
    {
        string mediaType = tree.Content.MediaType;
        ImageFormat now = mediaType is ImageMediaTypes.DockerManifest or ImageMediaTypes.DockerList ? ImageFormat.Docker : ImageFormat.Oci;
        ImageFormat format = options.Format ?? ((options.PreservesDigest ? destination.Accepts(mediaType) : destination.Prefers(mediaType)) ? now : now == ImageFormat.Oci ? ImageFormat.Docker : ImageFormat.Oci);
        if (tree.Manifest is not { } manifest)
        {
            return destination.Accepts(format == ImageFormat.Docker ? ImageMediaTypes.DockerList : ImageMediaTypes.OciIndex)
                ? Checked(new LayerPlan(format, null, new HashSet<Digest>(), format != now), tree, options)
                : throw new NsToolsException(
                    FailureKind.NotSupported, "FormatUnsupported", $"'{destination.Reference}' holds one image and no index.", "Copy one image of it, with -Platform and without -All.");
        }
        if (!manifest.IsImage)
        {
            return format == now
                ? new LayerPlan(now, null, new HashSet<Digest>(), false)
                : throw new NsToolsException(
                    FailureKind.NotSupported, "FormatUnsupported", $"{tree.Content.Digest} is an artifact ({DisplayText.Of(manifest.ArtifactType ?? manifest.Config.MediaType)}), which only the OCI format has.", "Copy it without -Format Docker.");
        }
        LayerCompression? compression = destination.WantsPlainLayers ? LayerCompression.None : options.Compression;
        // Docker's schema knows gzip only; what it is asked to hold is made so rather than refused.
        bool isTooNew = compression is null && format == ImageFormat.Docker && now == ImageFormat.Oci
            && manifest.Layers.Any(l => LayerTypes.CompressionOf(l.MediaType) == LayerCompression.Zstd);
        if (isTooNew)
            compression = LayerCompression.Gzip;
        HashSet<Digest> layers = compression is { } wanted
            ? [.. manifest.Layers.Where(l => LayerTypes.CompressionOf(l.MediaType) is { } has && has != wanted && (!isTooNew || has == LayerCompression.Zstd)).Select(l => l.Digest)]
            : [];
        return Checked(new LayerPlan(format, compression, layers, format != now || layers.Count > 0), tree, options);
    }

    private static LayerPlan Checked(LayerPlan plan, ManifestTree tree, ImageCopyOptions options) => plan.IsChanged && options.PreservesDigest
        ? throw new NsToolsException(
            FailureKind.NotSupported, "DigestNotPreserved", $"The destination cannot hold {tree.Content.Digest} as it is, and its digest is to be preserved.", "Leave out -PreserveDigest, or choose another destination.")
        : plan;
}
