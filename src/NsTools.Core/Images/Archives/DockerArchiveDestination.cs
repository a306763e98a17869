using NsTools.Images.Documents;

namespace NsTools.Images.Archives;

/// <summary>Writes one image into such an archive: the configuration as <c>HEX.json</c>, layers without compression as <c>HEX.tar</c>.</summary>
/// <param name="reference">What is to be written.</param>
/// <param name="writer">The archive.</param>
/// <param name="isOnly">True when the archive ends with this image, and belongs to it.</param>
internal sealed class DockerArchiveDestination(ImageReference reference, DockerArchiveWriter writer, bool isOnly)
    : ArchiveDestination(reference, writer.Archive, isOnly ? writer : null)
{
    private DockerArchiveEntry? _entry;

    /// <inheritdoc/>
    public override bool WantsPlainLayers => true;

    /// <inheritdoc/>
    public override bool Accepts(string mediaType) => mediaType == ImageMediaTypes.DockerManifest;

    /// <inheritdoc/>
    public override Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation)
    {
        if (manifest.IsIndex)
        {
            throw new NsToolsException(
                FailureKind.NotSupported, "DestinationTakesOneImage", $"'{Reference}': a docker-archive takes single images, not an index of several platforms.", "Leave -All out, and choose with -Platform.");
        }
        ImageManifest image = ImageDocuments.ReadManifest(manifest);
        _entry = new DockerArchiveEntry
        {
            Config = NameOf(image.Config),
            RepoTags = Reference.Name is { } name ? [name] : [],
            Layers = [.. image.Layers.Select(NameOf)],
        };
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task CommitAsync(CancellationToken cancellation)
    {
        if (_entry is not null)
            writer.Add(_entry);
        if (isOnly)
            writer.Complete();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override string NameOf(ImageDescriptor blob) => ImageMediaTypes.IsConfig(blob.MediaType) ? $"{blob.Digest.Hex}.json" : $"{blob.Digest.Hex}.tar";
}
