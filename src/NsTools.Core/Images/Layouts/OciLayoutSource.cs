using NsTools.Images.Documents;

namespace NsTools.Images.Layouts;

/// <summary>Reads an image of a layout.</summary>
/// <param name="layout">The layout.</param>
/// <param name="reference">What was asked for.</param>
/// <param name="entry">The entry of index.json that it names.</param>
internal sealed class OciLayoutSource(OciLayout layout, ImageReference reference, ImageDescriptor entry) : IImageSource
{
    // A repository of referrers is looked through manifest by manifest; one of an image has a handful.
    private const int MaximumReferrers = 1000;

    private readonly IDisposable? _held = TryHold(layout);

    /// <inheritdoc/>
    public ImageReference Reference => reference;

    /// <inheritdoc/>
    public ImageDescriptor? Entry => entry;

    /// <inheritdoc/>
    public Task<ManifestContent> GetManifestAsync(Digest? digest, CancellationToken cancellation) => Task.FromResult(
        digest is null || digest == entry.Digest ? layout.ReadManifest(entry.Digest, entry.MediaType) : layout.ReadManifest(digest));

    /// <inheritdoc/>
    public Task<Stream> OpenBlobAsync(ImageDescriptor blob, long offset, CancellationToken cancellation) =>
        Task.FromResult<Stream>(layout.OpenBlob(blob.Digest, offset));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageDescriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellation)
    {
        List<ImageDescriptor> found = [];
        foreach (ImageDescriptor other in layout.ReadEntries().DistinctBy(e => e.Digest))
        {
            cancellation.ThrowIfCancellationRequested();
            if (other.Digest == subject || !File.Exists(layout.BlobPath(other.Digest)))
                continue;
            ManifestContent manifest = layout.ReadManifest(other.Digest, other.MediaType);
            if (ImageDocuments.SubjectOf(manifest) == subject && found.Count < MaximumReferrers)
                found.Add(other);
        }
        return Task.FromResult<IReadOnlyList<ImageDescriptor>>(found);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _held?.Dispose();
        return ValueTask.CompletedTask;
    }

    // Somebody else's layout may be read where it may not be locked, on a read-only medium for instance.
    private static IDisposable? TryHold(OciLayout layout)
    {
        try
        {
            return layout.Hold(CancellationToken.None);
        }
        catch (Interop.Syscalls.SyscallException)
        {
            return null;
        }
    }
}
