namespace NsTools.Images.Archives;

/// <summary>Writes an image into a tar archive of one of the two kinds; both hold each blob as a file.</summary>
/// <param name="reference">What is to be written.</param>
/// <param name="archive">The archive.</param>
/// <param name="owned">What is disposed of with this; null where the archive takes more images.</param>
internal abstract class ArchiveDestination(ImageReference reference, TarFileWriter archive, IDisposable? owned) : IImageDestination
{
    /// <inheritdoc/>
    public ImageReference Reference => reference;

    /// <inheritdoc/>
    public abstract bool WantsPlainLayers { get; }

    /// <inheritdoc/>
    public abstract bool Accepts(string mediaType);

    /// <inheritdoc/>
    public virtual bool Prefers(string mediaType) => Accepts(mediaType);

    /// <inheritdoc/>
    public Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation) => Task.FromResult(archive.Contains(NameOf(blob)));

    /// <inheritdoc/>
    public async Task<long> PutBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        using var content = new VerifyingStream(await open(0, cancellation).ConfigureAwait(false), blob, reference.ToString());
        await archive.WriteAsync(NameOf(blob), blob.Size, content, onProgress, cancellation).ConfigureAwait(false);
        return blob.Size;
    }

    /// <inheritdoc/>
    public Task<ImageDescriptor> PutNewBlobAsync(Stream content, string mediaType, CancellationToken cancellation) =>
        NewBlob.PutAsync(this, content, mediaType, cancellation);

    /// <inheritdoc/>
    public abstract Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract Task CommitAsync(CancellationToken cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        owned?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Path of a blob in the archive.</summary>
    /// <param name="blob">The blob.</param>
    protected abstract string NameOf(ImageDescriptor blob);
}
