using NsTools.Images.Configuration;

namespace NsTools.Images.Registries;

/// <summary>What is asked of registries beside copies.</summary>
/// <param name="access">How to get at them.</param>
public sealed class RegistryClient(ImageAccess access)
{
    private readonly RegistryAccess _registries = new(access);

    /// <summary>Checks that the registry is there and lets the user in.</summary>
    /// <param name="registry">Host and port.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It does not (<c>RegistryUnauthorized</c>), or is not there.</exception>
    public async Task CheckAsync(string registry, CancellationToken cancellation)
    {
        RegistrySession session = _registries.OpenRegistry(registry);
        using HttpResponseMessage response = await session.SendAsync(new RegistryRequest(HttpMethod.Get, "/v2/", []), cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RegistryAnswer.FailureAsync(response, registry, "registry", cancellation).ConfigureAwait(false);
    }

    /// <summary>The tags of a repository, in the registry's order.</summary>
    /// <param name="repository">The repository; a short name is looked for in each registry that it may be meant for.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none (<c>RepositoryNotFound</c>).</exception>
    public async Task<IReadOnlyList<ImageTag>> GetTagsAsync(ImageReference repository, CancellationToken cancellation)
    {
        List<(string Place, NsToolsException Failure)> tried = [];
        foreach (ImageReference complete in _registries.Configuration.Complete(repository))
        {
            // Mirrors may have less than the registry itself: it is asked.
            RegistryEndpoint place = _registries.Configuration.ReadFrom(complete)[^1];
            try
            {
                List<ImageTag> tags = [];
                await foreach (string tag in _registries.Open(place).GetTagsAsync(cancellation).ConfigureAwait(false))
                {
                    // What is no tag cannot be asked for, and could be anything to a terminal.
                    if (ImageReferenceParser.IsTag(tag))
                        tags.Add(new ImageTag { Registry = complete.Registry!, Repository = complete.Repository!, Tag = tag });
                }
                return tags;
            }
            catch (NsToolsException failure) when (failure.Kind is FailureKind.NotFound or FailureKind.PermissionDenied or FailureKind.Connection or FailureKind.Timeout)
            {
                tried.Add((place.ToString(), failure));
            }
        }
        throw Nowhere(repository, tried);
    }

    /// <summary>Lets tags stand for an image that the registry has.</summary>
    /// <param name="image">The image.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task SetTagsAsync(ImageReference image, IReadOnlyList<string> tags, CancellationToken cancellation)
    {
        RegistryRepository repository = OpenForWriting(image);
        ManifestContent manifest = await repository.GetManifestAsync(image.Digest?.ToString() ?? image.Tag ?? "latest", cancellation).ConfigureAwait(false);
        foreach (string tag in tags)
            await repository.PutManifestAsync(tag, manifest, cancellation).ConfigureAwait(false);
    }

    /// <summary>The digest of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<Digest> GetDigestAsync(ImageReference image, CancellationToken cancellation) =>
        (await OpenForWriting(image).GetManifestAsync(image.Digest?.ToString() ?? image.Tag ?? "latest", cancellation).ConfigureAwait(false)).Digest;

    /// <summary>Takes an image away, with all its tags.</summary>
    /// <param name="image">Its repository.</param>
    /// <param name="digest">Digest of its manifest.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>), or the registry does not delete (<c>RegistryUnsupported</c>).</exception>
    public Task DeleteAsync(ImageReference image, Digest digest, CancellationToken cancellation) => OpenForWriting(image).DeleteManifestAsync(digest, cancellation);

    /// <summary>The repositories of a registry: from its catalogue, or by its search where it has no catalogue.</summary>
    /// <param name="registry">Host and port.</param>
    /// <param name="term">What to look for; a catalogue is given whole.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">The registry offers neither.</exception>
    public async Task<IReadOnlyList<ImageSearchResult>> FindAsync(string registry, string term, CancellationToken cancellation)
    {
        RegistrySession session = _registries.OpenRegistry(registry);
        try
        {
            // Docker Hub has no catalogue and answers nothing useful when asked for it.
            if (registry != "docker.io")
                return await RegistrySearch.ReadCatalogAsync(session, cancellation).ConfigureAwait(false);
        }
        catch (NsToolsException failure) when (failure.Kind is FailureKind.NotFound or FailureKind.PermissionDenied or FailureKind.NotSupported)
        {
            IReadOnlyList<ImageSearchResult>? found = await RegistrySearch.TrySearchAsync(session, registry, term, cancellation).ConfigureAwait(false);
            if (found is null)
                throw;
            return found;
        }
        return await RegistrySearch.TrySearchAsync(_registries.OpenRegistry("index.docker.io"), registry, term, cancellation).ConfigureAwait(false) ?? [];
    }

    /// <summary>The registries that short names are looked for in.</summary>
    public IReadOnlyList<string> SearchRegistries => _registries.Configuration.SearchRegistries;

    private RegistryRepository OpenForWriting(ImageReference image)
    {
        if (image.Registry is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "DestinationNeedsRegistry", $"'{image}' is a short name: which registry is meant cannot be told.", $"Write docker://REGISTRY/{image.Repository}.");
        }
        return _registries.Open(_registries.Configuration.WriteTo(image));
    }

    private static NsToolsException Nowhere(ImageReference repository, List<(string Place, NsToolsException Failure)> tried)
    {
        NsToolsException telling = tried.Select(t => t.Failure).FirstOrDefault(f => f.Kind != FailureKind.NotFound) ?? tried[0].Failure;
        string message = tried.Count == 1 ? telling.Message : $"'{repository}' was not found. Tried: {string.Join("; ", tried.Select(t => $"{t.Place} ({t.Failure.Message.TrimEnd('.')})"))}.";
        return new NsToolsException(telling.Kind, telling.ErrorId, message, telling.Remedy, telling);
    }
}
