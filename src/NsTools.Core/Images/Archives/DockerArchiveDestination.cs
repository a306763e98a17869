using NsTools.Images.Documents;

namespace NsTools.Images.Archives;

/// <summary>Writes one image into such an archive: the configuration as <c>HEX.json</c>, layers without compression as <c>HEX.tar</c>.</summary>
/// <param name="reference">What is to be written.</param>
/// <param name="writer">The archive.</param>
/// <param name="isOnly">True when the archive ends with this image, and belongs to it.</param>
internal sealed class DockerArchiveDestination(ImageReference reference, DockerArchiveWriter writer, bool isOnly) : IImageDestination
{
    private DockerArchiveEntry? _entry;

    /// <inheritdoc/>
    public ImageReference Reference => reference;

    /// <inheritdoc/>
    public bool WantsPlainLayers => true;

    /// <inheritdoc/>
    public bool Accepts(string mediaType) => mediaType == ImageMediaTypes.DockerManifest;

    /// <inheritdoc/>
    public Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation) => Task.FromResult(writer.Archive.Contains(NameOf(blob)));

    /// <inheritdoc/>
    public async Task<long> PutBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        using var content = new VerifyingStream(await open(0, cancellation).ConfigureAwait(false), blob, reference.ToString());
        await writer.Archive.WriteAsync(NameOf(blob), blob.Size, content, onProgress, cancellation).ConfigureAwait(false);
        return blob.Size;
    }

    /// <inheritdoc/>
    public Task<ImageDescriptor> PutNewBlobAsync(Stream content, string mediaType, CancellationToken cancellation) =>
        NewBlob.PutAsync(this, content, mediaType, cancellation);

    /// <inheritdoc/>
    public Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation)
    {
        if (manifest.IsIndex)
        {
            throw new NsToolsException(
                FailureKind.NotSupported, "DestinationTakesOneImage", $"'{reference}': a docker-archive takes single images, not an index of several platforms.", "Leave -All out, and choose with -Platform.");
        }
        ImageManifest image = ImageDocuments.ReadManifest(manifest);
        _entry = new DockerArchiveEntry
        {
            Config = NameOf(image.Config),
            RepoTags = reference.Name is { } name ? [name] : [],
            Layers = [.. image.Layers.Select(NameOf)],
        };
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellation)
    {
        if (_entry is not null)
            writer.Add(_entry);
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

    private static string NameOf(ImageDescriptor blob) => ImageMediaTypes.IsConfig(blob.MediaType) ? $"{blob.Digest.Hex}.json" : $"{blob.Digest.Hex}.tar";
}
