using System.Net;
using System.Net.Http.Headers;
using NsTools.Images.Documents;

namespace NsTools.Images.Registries;

/// <summary>A repository of a registry: its manifests (OCI distribution-spec 1.1, "API").</summary>
/// <param name="session">The registry.</param>
/// <param name="name">Name within the registry.</param>
internal sealed partial class RegistryRepository(RegistrySession session, string name)
{
    /// <summary>The registry.</summary>
    public RegistrySession Session { get; } = session;

    /// <summary>Name within the registry.</summary>
    public string Name { get; } = name;

    private string Root => $"/v2/{Name}";

    private IReadOnlyList<string> PullScopes { get; } = [$"repository:{name}:pull"];

    private IReadOnlyList<string> PushScopes { get; } = [$"repository:{name}:pull,push"];

    private string FullName => $"{Session.Registry}/{Name}";

    /// <summary>A manifest or index, verified.</summary>
    /// <param name="tag">Its tag, or its digest.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>), or it is not valid.</exception>
    public async Task<ManifestContent> GetManifestAsync(string tag, CancellationToken cancellation) =>
        await TryGetManifestAsync(tag, cancellation).ConfigureAwait(false)
            ?? throw new NsToolsException(
                FailureKind.NotFound, "ImageNotFound", $"The registry has no image {FullName}{(tag.Contains(':', StringComparison.Ordinal) ? "@" : ":")}{tag}.", $"Get-ImageTag {FullName} shows the tags.");

    /// <summary>The same; null when there is none.</summary>
    public Task<ManifestContent?> TryGetManifestAsync(string tag, CancellationToken cancellation) => Session.RunAsync<ManifestContent?>(
        async token =>
        {
            var request = new RegistryRequest(HttpMethod.Get, $"{Root}/manifests/{tag}", PullScopes) { Accept = ImageMediaTypes.Manifests, IsRetried = false };
            using HttpResponseMessage response = await Session.SendAsync(request, token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            if (!response.IsSuccessStatusCode)
                throw await RegistryAnswer.FailureAsync(response, Session.Registry, "manifest", token).ConfigureAwait(false);
            string address = RegistryAnswer.AddressOf(response);
            if (response.Content.Headers.ContentLength > ImageDocuments.MaximumManifestSize)
                throw ManifestContent.TooLarge(address);
            byte[] content = await RegistryAnswer.ReadAsync(response, ImageDocuments.MaximumManifestSize, token).ConfigureAwait(false);
            Digest? expected = Digest.TryParse(tag, out Digest? digest) ? digest : null;
            return ManifestContent.Create(content, response.Content.Headers.ContentType?.ToString(), expected, address);
        },
        cancellation);

    /// <summary>True when the registry has the manifest.</summary>
    /// <param name="digest">Its digest.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<bool> HasManifestAsync(Digest digest, CancellationToken cancellation)
    {
        var request = new RegistryRequest(HttpMethod.Head, $"{Root}/manifests/{digest}", PullScopes) { Accept = ImageMediaTypes.Manifests };
        using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
        return response.IsSuccessStatusCode;
    }

    /// <summary>Writes a manifest or index.</summary>
    /// <param name="tag">The tag that is to stand for it, or its digest.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>True when the registry took note of the manifest's subject (distribution-spec, "Pushing Manifests with Subject").</returns>
    public async Task<bool> PutManifestAsync(string tag, ManifestContent manifest, CancellationToken cancellation)
    {
        var request = new RegistryRequest(HttpMethod.Put, $"{Root}/manifests/{tag}", PushScopes)
        {
            Content = () => new ReadOnlyMemoryContent(manifest.Memory) { Headers = { ContentType = MediaTypeHeaderValue.Parse(manifest.MediaType) } },
        };
        using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RegistryAnswer.FailureAsync(response, Session.Registry, "manifest", cancellation).ConfigureAwait(false);
        if (response.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? said)
            && Digest.TryParse(said.FirstOrDefault(), out Digest? digest) && digest.Algorithm == manifest.Digest.Algorithm && digest != manifest.Digest)
        {
            throw new NsToolsException(FailureKind.InvalidData, "DigestMismatch", $"{FullName}: the registry has made {digest} of the manifest {manifest.Digest}.", "Does a proxy in between change it?");
        }
        return response.Headers.Contains("OCI-Subject");
    }

    /// <summary>Takes a manifest away, with all its tags.</summary>
    /// <param name="digest">Its digest.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>), or the registry does not delete (<c>RegistryUnsupported</c>).</exception>
    public async Task DeleteManifestAsync(Digest digest, CancellationToken cancellation)
    {
        var request = new RegistryRequest(HttpMethod.Delete, $"{Root}/manifests/{digest}", [$"repository:{Name}:pull,delete"]);
        using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RegistryAnswer.FailureAsync(response, Session.Registry, "manifest", cancellation).ConfigureAwait(false);
    }
}
