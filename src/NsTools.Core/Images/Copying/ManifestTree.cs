using NsTools.Images.Documents;

namespace NsTools.Images.Copying;

/// <summary>A manifest with all that it needs to be there before it: an index's manifests, an image's blobs.</summary>
internal sealed record ManifestTree
{
    // An index in an index in an index is no image any more; and one document may name ten thousand others.
    private const int MaximumDepth = 4;
    private const int MaximumManifests = 10_000;

    /// <summary>The document.</summary>
    public required ManifestContent Content { get; init; }

    /// <summary>The same, read, when it is an image's or an artifact's.</summary>
    public ImageManifest? Manifest { get; init; }

    /// <summary>An index's manifests.</summary>
    public IReadOnlyList<ManifestTree> Children { get; init; } = [];

    /// <summary>What is copied as it is: layers and configuration, and of an index what is no manifest.</summary>
    public IReadOnlyList<ImageDescriptor> Blobs { get; init; } = [];

    /// <summary>This one and all below it, what others need before them first; each digest once.</summary>
    public IEnumerable<ManifestTree> BottomUp() => Children.SelectMany(c => c.BottomUp()).Append(this).DistinctBy(t => t.Content.Digest);

    /// <summary>Reads a manifest and all below it.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="root">The manifest.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">Something of it is missing or not valid, or it is too deep or too large (<c>IndexTooDeep</c>, <c>IndexTooLarge</c>).</exception>
    public static Task<ManifestTree> ReadAsync(IImageSource source, ManifestContent root, CancellationToken cancellation) =>
        new Reader(source).ReadAsync(root, 0, cancellation);

    private sealed class Reader(IImageSource source)
    {
        private readonly Dictionary<Digest, ManifestTree> _known = [];

        public async Task<ManifestTree> ReadAsync(ManifestContent content, int depth, CancellationToken cancellation)
        {
            if (depth > MaximumDepth)
                throw new NsToolsException(FailureKind.LimitExceeded, "IndexTooDeep", $"'{source.Reference}': an index in an index in an index: that is no image.");
            if (_known.TryGetValue(content.Digest, out ManifestTree? known))
                return known;
            if (_known.Count >= MaximumManifests)
                throw new NsToolsException(FailureKind.LimitExceeded, "IndexTooLarge", $"'{source.Reference}' has more than {MaximumManifests:N0} manifests.");
            ManifestTree tree = content.IsIndex ? await ReadIndexAsync(content, depth, cancellation).ConfigureAwait(false) : Leaf(content);
            return _known[content.Digest] = tree;
        }

        private async Task<ManifestTree> ReadIndexAsync(ManifestContent content, int depth, CancellationToken cancellation)
        {
            List<ManifestTree> children = [];
            List<ImageDescriptor> blobs = [];
            foreach (ImageDescriptor entry in ImageDocuments.ReadIndex(content).Manifests)
            {
                // What an index may name beside manifests (image-spec, image-index.md: "MUST NOT generate an error").
                if (entry.MediaType.Length > 0 && !ImageMediaTypes.IsIndex(entry.MediaType) && !ImageMediaTypes.IsManifest(entry.MediaType))
                    blobs.Add(entry);
                else
                    children.Add(await ReadAsync(await source.GetManifestAsync(entry.Digest, cancellation).ConfigureAwait(false), depth + 1, cancellation).ConfigureAwait(false));
            }
            return new ManifestTree { Content = content, Children = children, Blobs = blobs };
        }

        private static ManifestTree Leaf(ManifestContent content)
        {
            ImageManifest manifest = ImageDocuments.ReadManifest(content);
            return new ManifestTree { Content = content, Manifest = manifest, Blobs = [.. manifest.Layers, manifest.Config] };
        }
    }
}
