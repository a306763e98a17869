namespace NsTools.Images.Copying;

/// <summary>What refers to its manifests: signatures, SBOMs, attestations.</summary>
internal sealed partial class ImageCopy
{
    // The signature of an SBOM of an image; what goes on further goes round in circles.
    private const int MaximumDepth = 3;

    // Before registries could tell what refers to a manifest, cosign had tags for it (sigstore/cosign, specs/SIGNATURE_SPEC.md).
    private static readonly string[] s_tagSuffixes = ["sig", "att", "sbom"];

    private readonly HashSet<Digest> _referred = [];
    private int _referrers;

    private async Task CopyReferrersAsync(ManifestTree subject, ManifestContent written, int depth, CancellationToken cancellation)
    {
        if (depth >= MaximumDepth || !_referred.Add(subject.Content.Digest))
            return;
        IReadOnlyList<ImageDescriptor> found = await source.GetReferrersAsync(subject.Content.Digest, cancellation).ConfigureAwait(false);
        if (written.Digest != subject.Content.Digest)
        {
            if (found.Count > 0)
                notice?.Invoke($"{found.Count} referrers of {subject.Content.Digest} are left out: its digest has changed to {written.Digest}, which they do not refer to.");
            return;
        }
        foreach (ImageDescriptor referrer in found)
        {
            ManifestContent content = await source.GetManifestAsync(referrer.Digest, cancellation).ConfigureAwait(false);
            ManifestTree tree = await ManifestTree.ReadAsync(source, content, cancellation).ConfigureAwait(false);
            await CopyTreeAsync(tree, isNamed: false, depth + 1, cancellation).ConfigureAwait(false);
            _referrers++;
        }
        if (source is ITaggedSource from && destination is ITaggedDestination to)
            await CopyTaggedAsync(subject.Content.Digest, from, to, depth, cancellation).ConfigureAwait(false);
    }

    private async Task CopyTaggedAsync(Digest subject, ITaggedSource from, ITaggedDestination to, int depth, CancellationToken cancellation)
    {
        foreach (string suffix in s_tagSuffixes)
        {
            string tag = $"{subject.Algorithm}-{subject.Hex}.{suffix}";
            if (tag.Length > 128 || await from.TryGetTaggedAsync(tag, cancellation).ConfigureAwait(false) is not { } content)
                continue;
            ManifestTree tree = await ManifestTree.ReadAsync(source, content, cancellation).ConfigureAwait(false);
            await CopyTreeAsync(tree, isNamed: false, depth + 1, cancellation).ConfigureAwait(false);
            await to.PutTaggedAsync(tag, content, cancellation).ConfigureAwait(false);
            _referrers++;
        }
    }
}
