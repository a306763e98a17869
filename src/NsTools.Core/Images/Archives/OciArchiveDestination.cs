using NsTools.Images.Documents;
using NsTools.Images.Layouts;

namespace NsTools.Images.Archives;

/// <summary>Writes an image into a tar archive of an OCI layout, in place of an archive that is there.</summary>
/// <param name="reference">What is to be written.</param>
internal sealed class OciArchiveDestination(ImageReference reference) : IImageDestination
{
    private readonly TarFileWriter _archive = new(reference.Path!);
    private readonly List<ImageDescriptor> _entries = [];

    /// <inheritdoc/>
    public ImageReference Reference => reference;

    /// <inheritdoc/>
    public bool WantsPlainLayers => false;

    /// <inheritdoc/>
    public bool Accepts(string mediaType) => true;

    /// <inheritdoc/>
    public Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation) => Task.FromResult(_archive.Contains(NameOf(blob.Digest)));

    /// <inheritdoc/>
    public async Task<long> PutBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        using var content = new VerifyingStream(await open(0, cancellation).ConfigureAwait(false), blob, reference.ToString());
        await _archive.WriteAsync(NameOf(blob.Digest), blob.Size, content, onProgress, cancellation).ConfigureAwait(false);
        return blob.Size;
    }

    /// <inheritdoc/>
    public Task<ImageDescriptor> PutNewBlobAsync(Stream content, string mediaType, CancellationToken cancellation) =>
        NewBlob.PutAsync(this, content, mediaType, cancellation);

    /// <inheritdoc/>
    public Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation)
    {
        if (!_archive.Contains(NameOf(manifest.Digest)))
            _archive.Write(NameOf(manifest.Digest), manifest.Bytes);
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
        _archive.Write("index.json", ImageDocuments.ToBytes(new ImageIndex { MediaType = ImageMediaTypes.OciIndex, Manifests = _entries }));
        _archive.Write("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"u8);
        _archive.Complete();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _archive.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool HasSubject(ManifestContent manifest) =>
        (manifest.IsIndex ? ImageDocuments.ReadIndex(manifest).Subject : ImageDocuments.ReadManifest(manifest).Subject) is not null;

    private static string NameOf(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";
}
