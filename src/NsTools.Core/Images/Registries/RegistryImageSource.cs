using NsTools.Images.Configuration;

namespace NsTools.Images.Registries;

/// <summary>Reads an image of a registry, or of one of its mirrors.</summary>
internal sealed class RegistryImageSource : IImageSource, ITaggedSource
{
    private readonly RegistryRepository _repository;
    private readonly ManifestContent _manifest;

    private RegistryImageSource(ImageReference reference, RegistryRepository repository, ManifestContent manifest)
    {
        Reference = reference;
        _repository = repository;
        _manifest = manifest;
    }

    /// <inheritdoc/>
    public ImageReference Reference { get; }

    /// <summary>Finds the image: a short name at each registry that it may be meant for, and each first at its mirrors.</summary>
    /// <param name="reference">What was asked for.</param>
    /// <param name="access">How to get at it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It is nowhere; the message says where it was looked for.</exception>
    public static async Task<RegistryImageSource> OpenAsync(ImageReference reference, ImageAccess access, CancellationToken cancellation)
    {
        var registries = new RegistryAccess(access);
        List<(string Place, NsToolsException Failure)> tried = [];
        foreach (ImageReference complete in registries.Configuration.Complete(reference))
        {
            foreach (RegistryEndpoint place in registries.Configuration.ReadFrom(complete))
            {
                try
                {
                    RegistryRepository repository = registries.Open(place);
                    string tag = complete.Digest?.ToString() ?? complete.Tag ?? "latest";
                    ManifestContent manifest = await repository.GetManifestAsync(tag, cancellation).ConfigureAwait(false);
                    return new RegistryImageSource(complete.Digest is null && complete.Tag is null ? complete with { Tag = "latest" } : complete, repository, manifest);
                }
                catch (NsToolsException failure) when (failure.Kind is FailureKind.NotFound or FailureKind.PermissionDenied or FailureKind.Connection or FailureKind.Timeout or FailureKind.LimitExceeded)
                {
                    tried.Add((place.ToString(), failure));
                }
            }
        }
        // Where a registry could not be asked nobody knows whether it has the image.
        NsToolsException telling = tried.Select(t => t.Failure).FirstOrDefault(f => f.Kind != FailureKind.NotFound) ?? tried[0].Failure;
        if (tried.Count == 1)
            throw new NsToolsException(telling.Kind, telling.ErrorId, telling.Message, telling.Remedy, telling);
        throw new NsToolsException(
            telling.Kind,
            telling.ErrorId,
            $"'{reference}' could not be had. Tried: {string.Join("; ", tried.Select(t => $"{t.Place} ({t.Failure.Message.TrimEnd('.')})"))}.",
            reference.Registry is null ? "Give the whole name with the registry, or set an alias in registries.conf." : telling.Remedy,
            telling);
    }

    /// <inheritdoc/>
    public async Task<ManifestContent> GetManifestAsync(Digest? digest, CancellationToken cancellation) =>
        digest is null || digest == _manifest.Digest ? _manifest : await _repository.GetManifestAsync(digest.ToString(), cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<Stream> OpenBlobAsync(ImageDescriptor blob, long offset, CancellationToken cancellation) => _repository.OpenBlobAsync(blob, offset, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageDescriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellation) => _repository.GetReferrersAsync(subject, cancellation);

    /// <inheritdoc/>
    public Task<ManifestContent?> TryGetTaggedAsync(string tag, CancellationToken cancellation) => _repository.TryGetManifestAsync(tag, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
