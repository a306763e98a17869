using NsTools.Images.Archives;
using NsTools.Images.Documents;

namespace NsTools.Images.Registries;

/// <summary>Writes an image into a registry.</summary>
internal sealed class RegistryImageDestination : IImageDestination, ITaggedDestination
{
    private readonly RegistryRepository _repository;

    /// <summary>Opens a repository.</summary>
    /// <param name="reference">What is to be written, with its registry.</param>
    /// <param name="access">How to get at it.</param>
    /// <exception cref="NsToolsException">It has no registry (<c>DestinationNeedsRegistry</c>), or is blocked (<c>RegistryBlocked</c>).</exception>
    public RegistryImageDestination(ImageReference reference, ImageAccess access)
    {
        if (reference.Registry is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "DestinationNeedsRegistry", $"'{reference}' is a short name: which registry it is to go to cannot be told.", $"Write docker://REGISTRY/{reference.Repository}.");
        }
        Reference = reference.Tag is null && reference.Digest is null ? reference with { Tag = "latest" } : reference;
        var registries = new RegistryAccess(access);
        _repository = registries.Open(registries.Configuration.WriteTo(Reference));
    }

    /// <inheritdoc/>
    public ImageReference Reference { get; }

    /// <inheritdoc/>
    public bool WantsPlainLayers => false;

    /// <inheritdoc/>
    public bool Accepts(string mediaType) => true;

    /// <inheritdoc/>
    public Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation) => _repository.HasBlobAsync(blob, cancellation);

    /// <inheritdoc/>
    public Task<bool> TryMountBlobAsync(ImageDescriptor blob, ImageReference from, CancellationToken cancellation) =>
        from.Transport == ImageTransport.Docker && from.Registry == Reference.Registry && from.Repository != Reference.Repository
            ? _repository.TryMountAsync(blob, from.Repository!, cancellation)
            : Task.FromResult(false);

    /// <inheritdoc/>
    public async Task<long> PutBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        long moved = 0;
        await _repository.UploadBlobAsync(
            blob,
            open,
            count =>
            {
                Interlocked.Add(ref moved, count);
                onProgress?.Invoke(count);
            },
            cancellation).ConfigureAwait(false);
        return moved;
    }

    /// <inheritdoc/>
    /// <remarks>A registry wants the digest at the end, and a broken upload the content again.</remarks>
    public Task<ImageDescriptor> PutNewBlobAsync(Stream content, string mediaType, CancellationToken cancellation) =>
        NewBlob.PutAsync(this, content, mediaType, cancellation);

    /// <inheritdoc/>
    public async Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation)
    {
        if (isNamed && Reference.Digest is { } wanted && wanted != manifest.Digest)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "DigestMismatch", $"The image's digest is {manifest.Digest}, not that of the destination '{Reference}'.", "Name the destination by a tag, or copy with -PreserveDigest.");
        }
        string tag = isNamed && Reference.Digest is null ? Reference.Tag! : manifest.Digest.ToString();
        bool isNoted = await _repository.PutManifestAsync(tag, manifest, cancellation).ConfigureAwait(false);
        if (isNoted)
            return;
        ImageDescriptor descriptor = manifest.Descriptor;
        if (manifest.IsIndex)
        {
            ImageIndex index = ImageDocuments.ReadIndex(manifest);
            if (index.Subject is { } subject)
                await _repository.AddTaggedReferrerAsync(subject.Digest, descriptor with { ArtifactType = index.ArtifactType, Annotations = index.Annotations }, cancellation).ConfigureAwait(false);
        }
        else
        {
            ImageManifest read = ImageDocuments.ReadManifest(manifest);
            if (read.Subject is { } subject)
                await _repository.AddTaggedReferrerAsync(subject.Digest, descriptor with { ArtifactType = read.ArtifactType ?? read.Config.MediaType, Annotations = read.Annotations }, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<bool> HasManifestAsync(Digest digest, CancellationToken cancellation) => _repository.HasManifestAsync(digest, cancellation);

    /// <inheritdoc/>
    public Task PutTaggedAsync(string tag, ManifestContent manifest, CancellationToken cancellation) => _repository.PutManifestAsync(tag, manifest, cancellation);

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
