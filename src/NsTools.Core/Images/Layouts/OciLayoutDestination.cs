namespace NsTools.Images.Layouts;

/// <summary>Writes an image into a layout.</summary>
internal sealed class OciLayoutDestination : IImageDestination
{
    private readonly OciLayout _layout;
    private readonly IDisposable _held;
    private readonly BlobPlacer _placer = new();
    private readonly List<ImageDescriptor> _unnamed = [];
    private ImageDescriptor? _named;

    /// <summary>Opens a layout, made where there is none.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="reference">What is to be written.</param>
    /// <param name="cancellation">Ends waiting for a sweep.</param>
    public OciLayoutDestination(OciLayout layout, ImageReference reference, CancellationToken cancellation)
    {
        layout.Create();
        _layout = layout;
        Reference = reference;
        _held = layout.Hold(cancellation);
    }

    /// <inheritdoc/>
    public ImageReference Reference { get; }

    /// <inheritdoc/>
    public bool WantsPlainLayers => false;

    /// <inheritdoc/>
    public bool Accepts(string mediaType) => true;

    /// <inheritdoc/>
    /// <remarks>Neither skopeo nor umoci finds a manifest of Docker's type in a layout.</remarks>
    public bool Prefers(string mediaType) => mediaType is ImageMediaTypes.OciManifest or ImageMediaTypes.OciIndex;

    /// <inheritdoc/>
    public Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation) => Task.FromResult(_layout.HasBlob(blob));

    /// <inheritdoc/>
    public async Task<long> PutBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        PartialBlob? partial = await PartialBlob.OpenAsync(_layout, blob, cancellation).ConfigureAwait(false);
        if (partial is null)
            return 0;
        long moved;
        try
        {
            using var receiver = new BlobReceiver(partial, blob);
            moved = await receiver.ReceiveAsync(open, onProgress, cancellation).ConfigureAwait(false);
        }
        catch
        {
            partial.Dispose();
            throw;
        }
        await _placer.AddAsync(partial, blob.Digest, cancellation).ConfigureAwait(false);
        return moved;
    }

    /// <inheritdoc/>
    public async Task<ImageDescriptor> PutNewBlobAsync(Stream content, string mediaType, CancellationToken cancellation)
    {
        using PartialBlob partial = PartialBlob.CreateNew(_layout);
        Digest digest = await BlobReceiver.ReceiveNewAsync(partial, content, cancellation).ConfigureAwait(false);
        var blob = new ImageDescriptor { MediaType = mediaType, Digest = digest, Size = partial.Length };
        if (_layout.HasBlob(blob))
            partial.Discard();
        else
            partial.Complete(digest);
        return blob;
    }

    /// <inheritdoc/>
    public async Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation)
    {
        // A manifest is there only after what it refers to.
        await _placer.FlushAsync(cancellation).ConfigureAwait(false);
        _layout.WriteBlob(manifest.Digest, manifest.Bytes);
        if (isNamed)
            _named = manifest.Descriptor;
        else if (Documents.ImageDocuments.SubjectOf(manifest) is not null)
            _unnamed.Add(manifest.Descriptor);
    }

    /// <inheritdoc/>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        await _placer.FlushAsync(cancellation).ConfigureAwait(false);
        _layout.SynchronizeDirectories();
        // Signatures and the like are found by their entries: nothing of the image points to them.
        foreach (ImageDescriptor referrer in _unnamed)
            _layout.SetEntry(null, referrer, cancellation);
        if (_named is not null)
            _layout.SetEntry(Reference.Name, _named, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _placer.DisposeAsync().ConfigureAwait(false);
        _held.Dispose();
    }
}
