using NsTools.Images.Documents;

namespace NsTools.Images.Registries;

/// <summary>Its tags, and what refers to its manifests.</summary>
internal sealed partial class RegistryRepository
{
    private const int MaximumPages = 10_000;
    private const int PageSize = 1000;

    /// <summary>The tags, page by page (distribution-spec, "Listing Tags").</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is no such repository (<c>RepositoryNotFound</c>).</exception>
    public IAsyncEnumerable<string> GetTagsAsync(CancellationToken cancellation) =>
        RegistryPages.ReadAsync(Session, $"{Root}/tags/list?n={PageSize}", PullScopes, "tags", NotFound, cancellation);

    /// <summary>The manifests whose subject is another one (distribution-spec, "Listing Referrers" and "Referrers Tag Schema").</summary>
    /// <param name="subject">That one.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<ImageDescriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellation)
    {
        List<ImageDescriptor> all = [];
        string? target = $"{Root}/referrers/{subject}";
        for (int page = 0; target is not null && page < MaximumPages; page++)
        {
            var request = new RegistryRequest(HttpMethod.Get, target, PullScopes) { Accept = [ImageMediaTypes.OciIndex] };
            using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
            // 404 and what old registries answer to a path that they do not know: there is the tag.
            if (!response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != ImageMediaTypes.OciIndex)
                return await GetTaggedReferrersAsync(subject, cancellation).ConfigureAwait(false);
            byte[] content = await RegistryAnswer.ReadAsync(response, ImageDocuments.MaximumManifestSize, cancellation).ConfigureAwait(false);
            all.AddRange(ImageDocuments.ReadIndex(ManifestContent.Create(content, ImageMediaTypes.OciIndex, null, RegistryAnswer.AddressOf(response))).Manifests);
            target = RegistryPages.NextOf(Session, response);
        }
        return all;
    }

    /// <summary>Adds a manifest to the list under its subject's tag, for registries without the referrers API.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="referrer">What points to the manifest.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task AddTaggedReferrerAsync(Digest subject, ImageDescriptor referrer, CancellationToken cancellation)
    {
        IReadOnlyList<ImageDescriptor> there = await GetTaggedReferrersAsync(subject, cancellation).ConfigureAwait(false);
        if (there.Any(d => d.Digest == referrer.Digest))
            return;
        var index = new ImageIndex { MediaType = ImageMediaTypes.OciIndex, Manifests = [.. there, referrer] };
        await PutManifestAsync(TagFor(subject), ManifestContent.Create(ImageDocuments.ToBytes(index), ImageMediaTypes.OciIndex, null, FullName), cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ImageDescriptor>> GetTaggedReferrersAsync(Digest subject, CancellationToken cancellation)
    {
        ManifestContent? manifest = await TryGetManifestAsync(TagFor(subject), cancellation).ConfigureAwait(false);
        return manifest is { IsIndex: true } ? ImageDocuments.ReadIndex(manifest).Manifests : [];
    }

    private NsToolsException NotFound(string said) => new(
        FailureKind.NotFound, "RepositoryNotFound", $"The registry {Session.Registry} has no repository '{Name}'{said}.", $"Find-Image -Registry {Session.Registry} shows what it has, where it lists that.");

    // The tag's grammar: 32 of algorithm, 64 of hash.
    private static string TagFor(Digest subject) => $"{subject.Algorithm}-{(subject.Hex.Length > 64 ? subject.Hex[..64] : subject.Hex)}";
}
