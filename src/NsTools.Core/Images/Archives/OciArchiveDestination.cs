using NsTools.Images.Documents;
using NsTools.Images.Layouts;

namespace NsTools.Images.Archives;

/// <summary>Writes an image into a tar archive of an OCI layout.</summary>
/// <param name="reference">What is to be written.</param>
/// <param name="writer">The archive.</param>
/// <param name="isOnly">True when the archive ends with this image, and belongs to it.</param>
internal sealed class OciArchiveDestination(ImageReference reference, OciArchiveWriter writer, bool isOnly) : IImageDestination
{
    private readonly List<ImageDescriptor> _entries = [];

    /// <inheritdoc/>
    public ImageReference Reference => reference;

    /// <inheritdoc/>
    public bool WantsPlainLayers => false;

    /// <inheritdoc/>
    public bool Accepts(string mediaType) => true;

    /// <inheritdoc/>
    public bool Prefers(string mediaType) => mediaType is ImageMediaTypes.OciManifest or ImageMediaTypes.OciIndex;

    /// <inheritdoc/>
    public Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation) => Task.FromResult(writer.Archive.Contains(NameOf(blob.Digest)));

    /// <inheritdoc/>
    public async Task<long> PutBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        using var content = new VerifyingStream(await open(0, cancellation).ConfigureAwait(false), blob, reference.ToString());
        await writer.Archive.WriteAsync(NameOf(blob.Digest), blob.Size, content, onProgress, cancellation).ConfigureAwait(false);
        return blob.Size;
    }

    /// <inheritdoc/>
    public Task<ImageDescriptor> PutNewBlobAsync(Stream content, string mediaType, CancellationToken cancellation) =>
        NewBlob.PutAsync(this, content, mediaType, cancellation);

    /// <inheritdoc/>
    public Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation)
    {
        if (!writer.Archive.Contains(NameOf(manifest.Digest)))
            writer.Archive.Write(NameOf(manifest.Digest), manifest.Bytes);
        if (isNamed)
        {
            _entries.Add(reference.Name is null
                ? manifest.Descriptor
                : manifest.Descriptor with { Annotations = new Dictionary<string, string> { [OciLayout.NameAnnotation] = reference.Name } });
        }
        else if (HasSubject(manifest))
        {
            // Found by their entries: nothing of the image points to them.
            _entries.Add(manifest.Descriptor);
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellation)
    {
        writer.Add(_entries);
        if (isOnly)
            writer.Complete();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (isOnly)
            writer.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool HasSubject(ManifestContent manifest) =>
        (manifest.IsIndex ? ImageDocuments.ReadIndex(manifest).Subject : ImageDocuments.ReadManifest(manifest).Subject) is not null;

    private static string NameOf(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";
}
