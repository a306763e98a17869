using NsTools.Images.Documents;
using NsTools.Images.Layouts;

namespace NsTools.Images.Archives;

/// <summary>Writes an image into a tar archive of an OCI layout.</summary>
/// <param name="reference">What is to be written.</param>
/// <param name="writer">The archive.</param>
/// <param name="isOnly">True when the archive ends with this image, and belongs to it.</param>
internal sealed class OciArchiveDestination(ImageReference reference, OciArchiveWriter writer, bool isOnly)
    : ArchiveDestination(reference, writer.Archive, isOnly ? writer : null)
{
    private readonly List<ImageDescriptor> _entries = [];

    /// <inheritdoc/>
    public override bool WantsPlainLayers => false;

    /// <inheritdoc/>
    public override bool Accepts(string mediaType) => true;

    /// <inheritdoc/>
    public override bool Prefers(string mediaType) => mediaType is ImageMediaTypes.OciManifest or ImageMediaTypes.OciIndex;

    /// <inheritdoc/>
    public override Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation)
    {
        if (!writer.Archive.Contains(NameOf(manifest.Descriptor)))
            writer.Archive.Write(NameOf(manifest.Descriptor), manifest.Bytes);
        if (isNamed)
        {
            _entries.Add(Reference.Name is null
                ? manifest.Descriptor
                : manifest.Descriptor with { Annotations = new Dictionary<string, string> { [OciLayout.NameAnnotation] = Reference.Name } });
        }
        else if (ImageDocuments.SubjectOf(manifest) is not null)
        {
            // Found by their entries: nothing of the image points to them.
            _entries.Add(manifest.Descriptor);
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task CommitAsync(CancellationToken cancellation)
    {
        writer.Add(_entries);
        if (isOnly)
            writer.Complete();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override string NameOf(ImageDescriptor blob) => $"blobs/{blob.Digest.Algorithm}/{blob.Digest.Hex}";
}
