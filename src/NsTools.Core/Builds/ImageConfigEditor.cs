using NsTools.Images;

namespace NsTools.Builds;

/// <summary>Makes an image of another one with another configuration: <c>buildah from</c>, <c>config</c> and <c>commit</c> in one. The layers are the same.</summary>
public static class ImageConfigEditor
{
    /// <summary>Writes the image into the store; the one that it is made of stays as it is.</summary>
    /// <param name="source">The image.</param>
    /// <param name="platform">Which image of an index; null for this machine's.</param>
    /// <param name="change">What is to be another.</param>
    /// <param name="names">Names that it gets; it has none but its digest where there is none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The image.</returns>
    /// <exception cref="NsToolsException">The source is no image (<c>NotAnImage</c>), or a change is none.</exception>
    public static async Task<Image> RunAsync(IImageSource source, ImagePlatform? platform, ImageConfigChange change, IReadOnlyList<ImageReference> names, CancellationToken cancellation)
    {
        ImageContents contents = await ImageContents.ReadAsync(source, platform, cancellation).ConfigureAwait(false);
        contents.RequireFileSystem(source.Reference.ToString());
        DateTimeOffset created = change.SourceDateEpoch ?? DateTimeOffset.UtcNow;
        ImageConfig config = contents.Config!;
        config = config with
        {
            Created = created,
            Author = change.Author ?? config.Author,
            Os = change.Platform?.Os ?? config.Os,
            Architecture = change.Platform?.Architecture ?? config.Architecture,
            Variant = change.Platform is { } other ? other.Variant : config.Variant,
            Config = change.Apply(config.Config),
            History = [.. config.History, .. HistoryOf(change, created)],
        };
        ImageFormat format = change.Format ?? (contents.Content.MediaType == ImageMediaTypes.DockerManifest ? ImageFormat.Docker : ImageFormat.Oci);
        IReadOnlyDictionary<string, string> annotations =
            ConfigValues.WithLabels(format == ImageFormat.Oci ? contents.Manifest.Annotations : null, change.Annotations.Select(pair => (pair.Key, pair.Value))) ?? new Dictionary<string, string>();
        ImageReference name = names.Count > 0 ? names[0] : new ImageReference { Transport = ImageTransport.Store };
        IImageDestination destination = ImageStore.Default.OpenDestination(name, cancellation);
        await using (destination.ConfigureAwait(false))
        {
            await ImageWriter.BringLayersAsync(source, contents.Manifest.Layers, destination, cancellation).ConfigureAwait(false);
            Digest digest = await ImageWriter.WriteAsync(destination, config, contents.Manifest.Layers, format, annotations, source.Reference.ToString(), cancellation).ConfigureAwait(false);
            return NewImage.Read(digest, names, cancellation);
        }
    }

    private static IEnumerable<ImageConfigHistory> HistoryOf(ImageConfigChange change, DateTimeOffset created)
    {
        IReadOnlyList<string> texts = change.CreatedBy is { } given ? [given] : [.. change.Options.Select(option => $"buildah config --{option.Option} {option.Value}")];
        return texts.Select((text, index) => new ImageConfigHistory
        {
            Created = created,
            CreatedBy = text,
            Author = change.Author,
            Comment = index == texts.Count - 1 ? change.Comment : null,
            EmptyLayer = true,
        });
    }
}
