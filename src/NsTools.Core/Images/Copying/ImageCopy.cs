using System.Collections.Concurrent;

namespace NsTools.Images.Copying;

/// <summary>One copy: blobs first and several at once, then the manifests from the bottom up, each after what refers to it.</summary>
/// <param name="source">Where from.</param>
/// <param name="destination">Where to.</param>
/// <param name="options">How.</param>
/// <param name="progress">Says how far it has come.</param>
/// <param name="notice">Told of what is done otherwise than asked.</param>
internal sealed partial class ImageCopy(IImageSource source, IImageDestination destination, ImageCopyOptions options, ImageCopyProgress progress, Action<string>? notice)
{
    private readonly ConcurrentDictionary<Digest, ImageDescriptor> _changedLayers = new();
    private readonly Dictionary<Digest, ManifestContent> _written = [];
    private int _manifests;

    /// <summary>Copies a manifest with all below it.</summary>
    /// <param name="tree">The manifest.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was written for it.</returns>
    public async Task<ManifestContent> RunAsync(ManifestTree tree, CancellationToken cancellation)
    {
        await CopyTreeAsync(tree, isNamed: true, depth: 0, cancellation).ConfigureAwait(false);
        return _written[tree.Content.Digest];
    }

    /// <summary>What was done.</summary>
    /// <param name="written">The manifest at the destination.</param>
    /// <param name="duration">How long it took.</param>
    public ImageCopyResult ResultOf(ManifestContent written, TimeSpan duration) => new()
    {
        Source = source.Reference,
        Destination = destination.Reference,
        Digest = written.Digest,
        MediaType = written.MediaType,
        ManifestCount = _manifests,
        BlobsCopied = _copied,
        BlobsSkipped = _skipped,
        BlobsMounted = _mounted,
        BytesMoved = _moved,
        BytesSkipped = _spared,
        ReferrersCopied = _referrers,
        Duration = duration,
    };

    private async Task CopyTreeAsync(ManifestTree tree, bool isNamed, int depth, CancellationToken cancellation)
    {
        List<(ManifestTree Tree, LayerPlan Plan)> plans = [.. tree.BottomUp().Select(t => (t, LayerPlan.For(t, destination, options)))];
        HashSet<Digest> present = await FindPresentAsync(plans, cancellation).ConfigureAwait(false);
        await CopyBlobsAsync(plans, present, cancellation).ConfigureAwait(false);
        foreach ((ManifestTree item, LayerPlan plan) in plans)
        {
            bool isRoot = isNamed && ReferenceEquals(item, tree);
            ManifestContent content = ContentFor(item, plan);
            _written[item.Content.Digest] = content;
            // Before the manifest itself: when a tag appears, its signature is there.
            if (options.IncludesReferrers)
                await CopyReferrersAsync(item, content, depth, cancellation).ConfigureAwait(false);
            if (!isRoot && present.Contains(content.Digest))
                continue;
            await destination.PutManifestAsync(content, isRoot, cancellation).ConfigureAwait(false);
            _manifests++;
        }
    }

    // A registry takes a manifest only when it has all that belongs to it: one question instead of one for each blob.
    private async Task<HashSet<Digest>> FindPresentAsync(List<(ManifestTree Tree, LayerPlan Plan)> plans, CancellationToken cancellation)
    {
        HashSet<Digest> present = [];
        if (plans.Any(p => p.Plan.IsChanged))
            return present;
        if (await destination.HasManifestAsync(plans[^1].Tree.Content.Digest, cancellation).ConfigureAwait(false))
            return [.. plans.Select(p => p.Tree.Content.Digest)];
        foreach ((ManifestTree item, _) in plans.SkipLast(1).Where(p => p.Tree.Manifest is not null))
        {
            if (await destination.HasManifestAsync(item.Content.Digest, cancellation).ConfigureAwait(false))
                present.Add(item.Content.Digest);
        }
        return present;
    }

    private ManifestContent ContentFor(ManifestTree tree, LayerPlan plan)
    {
        if (tree.Manifest is not null)
            return plan.IsChanged ? ManifestEditor.Rewrite(tree, _changedLayers, plan.Format) : tree.Content;
        bool isChanged = plan.IsChanged || tree.Children.Any(c => _written[c.Content.Digest].Digest != c.Content.Digest);
        return isChanged ? ManifestEditor.RewriteIndex(tree, _written, plan.Format) : tree.Content;
    }
}
