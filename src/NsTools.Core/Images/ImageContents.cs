using NsTools.Images.Documents;

namespace NsTools.Images;

/// <summary>One image as its source has it: manifest, configuration and layers, all checked against each other.</summary>
public sealed class ImageContents
{
    private ImageContents(ManifestContent content, ImageManifest manifest, ImageConfig? config, byte[] configBytes, IReadOnlyList<ImageLayer> layers) =>
        (Content, Manifest, Config, ConfigBytes, Layers) = (content, manifest, config, configBytes, layers);

    /// <summary>The manifest's document.</summary>
    public ManifestContent Content { get; }

    /// <summary>The manifest.</summary>
    public ImageManifest Manifest { get; }

    /// <summary>The configuration; null for an artifact, which has none.</summary>
    public ImageConfig? Config { get; }

    /// <summary>The configuration's document.</summary>
    public ReadOnlyMemory<byte> ConfigBytes { get; }

    /// <summary>The layers, the lowest first.</summary>
    public IReadOnlyList<ImageLayer> Layers { get; }

    /// <summary>Reads what a source has.</summary>
    /// <param name="source">The source.</param>
    /// <param name="platform">Which image of an index; null for this machine's.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">
    /// A document is missing or not valid, the index has nothing for the platform (<c>PlatformNotFound</c>), or manifest and
    /// configuration contradict each other (<c>ConfigInvalid</c>).
    /// </exception>
    public static async Task<ImageContents> ReadAsync(IImageSource source, ImagePlatform? platform, CancellationToken cancellation)
    {
        (ManifestContent content, bool isChosen) = await FindManifestAsync(source, platform, cancellation).ConfigureAwait(false);
        ImageManifest manifest = ImageDocuments.ReadManifest(content);
        if (!manifest.IsImage)
            return new ImageContents(content, manifest, null, [], [.. manifest.Layers.Select((layer, index) => LayerOf(layer, index, null))]);
        byte[] bytes = await ReadSmallBlobAsync(source, manifest.Config, ImageDocuments.MaximumConfigSize, cancellation).ConfigureAwait(false);
        ImageConfig config = ImageDocuments.ReadConfig(bytes);
        if (!isChosen)
            CheckPlatform(source, config, platform);
        IReadOnlyList<Digest> diffIds = config.RootFs.DiffIds;
        if (diffIds.Count != manifest.Layers.Count)
        {
            throw new NsToolsException(
                FailureKind.InvalidData,
                "ConfigInvalid",
                $"'{source.Reference}': the manifest has {manifest.Layers.Count} layers, the configuration {diffIds.Count}.",
                "The image was made wrongly or tampered with: get it from another source.");
        }
        return new ImageContents(content, manifest, config, bytes, [.. manifest.Layers.Select((layer, index) => LayerOf(layer, index, diffIds[index]))]);
    }

    /// <summary>Reads the manifest of the one image that is meant.</summary>
    /// <param name="source">The source.</param>
    /// <param name="platform">Which image of an index, and what a single image must be for; null for this machine's of an index, and any single one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none, or nothing for the platform (<c>PlatformNotFound</c>).</exception>
    public static async Task<ManifestContent> ReadManifestAsync(IImageSource source, ImagePlatform? platform, CancellationToken cancellation)
    {
        (ManifestContent content, bool isChosen) = await FindManifestAsync(source, platform, cancellation).ConfigureAwait(false);
        if (!isChosen && platform is not null && ImageDocuments.ReadManifest(content) is { IsImage: true } manifest)
            CheckPlatform(source, ImageDocuments.ReadConfig(await ReadSmallBlobAsync(source, manifest.Config, ImageDocuments.MaximumConfigSize, cancellation).ConfigureAwait(false)), platform);
        return content;
    }

    /// <summary>Chooses from an index.</summary>
    /// <param name="source">Has the index; for errors.</param>
    /// <param name="content">The index.</param>
    /// <param name="platform">Which image; null for this machine's.</param>
    /// <param name="depth">How many indexes are above it.</param>
    /// <exception cref="NsToolsException">It has nothing for the platform (<c>PlatformNotFound</c>), or is too deep (<c>IndexTooDeep</c>).</exception>
    internal static ImageDescriptor Choose(IImageSource source, ManifestContent content, ImagePlatform? platform, int depth)
    {
        ImagePlatform wanted = platform ?? ImagePlatform.Host;
        ImageIndex index = ImageDocuments.ReadIndex(content);
        ImageDescriptor chosen = PlatformMatcher.Select(index, wanted)
            ?? (index.Manifests is [{ Platform: null } only] ? only : null)
            ?? throw new NsToolsException(
                FailureKind.NotFound,
                "PlatformNotFound",
                $"'{source.Reference}' has no image for {wanted}.",
                $"Name one with -Platform. It has: {string.Join(", ", index.Manifests.Select(m => DisplayText.Of(m.Platform?.ToString() ?? m.Digest.ToString())).Distinct().Take(20))}.");
        return depth < 4
            ? chosen
            : throw new NsToolsException(FailureKind.LimitExceeded, "IndexTooDeep", $"'{source.Reference}': an index in an index in an index: that is no image.");
    }

    /// <summary>Reads a blob that is a document, verified.</summary>
    /// <param name="source">The source.</param>
    /// <param name="blob">Which.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It is larger, or not what it should be.</exception>
    public static async Task<byte[]> ReadSmallBlobAsync(IImageSource source, ImageDescriptor blob, int most, CancellationToken cancellation)
    {
        if (blob.Size > most)
        {
            throw new NsToolsException(
                FailureKind.LimitExceeded, "BlobTooLarge", $"'{source.Reference}': {blob.Digest} has {blob.Size:N0} bytes, more than the {most:N0} that such a document may have.");
        }
        byte[] content = new byte[blob.Size];
        using var stream = new VerifyingStream(
            await source.OpenBlobAsync(blob, 0, cancellation).ConfigureAwait(false), blob, source.Reference.ToString());
        await stream.ReadExactlyAsync(content, cancellation).ConfigureAwait(false);
        // Only its end tells whether it was the blob.
        await stream.ReadAsync(new byte[1], cancellation).ConfigureAwait(false);
        return content;
    }

    /// <summary>Its layers, as a file system is made of them.</summary>
    /// <param name="name">What errors call the image.</param>
    /// <exception cref="NsToolsException">It is an artifact (<c>NotAnImage</c>), or a layer is of a type that is not known (<c>LayerTypeUnsupported</c>).</exception>
    internal IReadOnlyList<ImageLayer> RequireFileSystem(string name)
    {
        if (Config is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument,
                "NotAnImage",
                $"'{name}' is an artifact ({DisplayText.Of(Manifest.ArtifactType ?? Manifest.Config.MediaType)}), not a container image: it has no root file system.");
        }
        ImageLayer? unknown = Layers.FirstOrDefault(layer => !ImageMediaTypes.IsLayer(layer.MediaType));
        return unknown is null
            ? Layers
            : throw new NsToolsException(
                FailureKind.NotSupported,
                "LayerTypeUnsupported",
                $"'{name}': the layer {unknown.Digest} is of the type '{DisplayText.Of(unknown.MediaType)}', which is not known.",
                "An encrypted layer has to be decrypted first.");
    }

    private static async Task<(ManifestContent Content, bool IsChosen)> FindManifestAsync(IImageSource source, ImagePlatform? platform, CancellationToken cancellation)
    {
        ManifestContent content = await source.GetManifestAsync(null, cancellation).ConfigureAwait(false);
        bool isChosen = content.IsIndex;
        // An index of indexes is allowed, and a cycle cannot be made: digests see to that. But no image is so deep.
        for (int depth = 0; content.IsIndex; depth++)
            content = await source.GetManifestAsync(Choose(source, content, platform, depth).Digest, cancellation).ConfigureAwait(false);
        return (content, isChosen);
    }

    // What is in no index has its platform in its configuration alone; an artifact has none, nor has an image that does not say.
    private static void CheckPlatform(IImageSource source, ImageConfig config, ImagePlatform? wanted)
    {
        if (wanted is null || string.IsNullOrEmpty(config.Os) || string.IsNullOrEmpty(config.Architecture) || PlatformMatcher.Fits(config.Platform, wanted))
            return;
        throw new NsToolsException(
            FailureKind.NotFound,
            "PlatformNotFound",
            $"'{source.Reference}' has no image for {wanted}.",
            $"It is one image, for {DisplayText.Of(config.Platform.ToString())}: name that with -Platform, or leave it out.");
    }

    private static ImageLayer LayerOf(ImageDescriptor layer, int index, Digest? diffId) => new()
    {
        Index = index,
        Digest = layer.Digest,
        DiffId = diffId,
        MediaType = layer.MediaType,
        Size = layer.Size,
        Annotations = layer.Annotations,
    };
}
