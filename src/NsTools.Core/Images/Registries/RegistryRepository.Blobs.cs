using System.Net;

namespace NsTools.Images.Registries;

/// <summary>Its blobs.</summary>
internal sealed partial class RegistryRepository
{
    // Up to this size one request less counts for more than that a broken one begins anew.
    private const long MonolithicSize = 1 << 20;
    // What a registry may hash of a large blob in a second when it is told that this was all.
    private const long SlowHash = 20 << 20;

    /// <summary>True when the registry has the blob here.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation)
    {
        var request = new RegistryRequest(HttpMethod.Head, $"{Root}/blobs/{blob.Digest}", PushScopes);
        using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw await RegistryAnswer.FailureAsync(response, Session.Registry, "blob", cancellation).ConfigureAwait(false);
        return response.IsSuccessStatusCode && (response.Content.Headers.ContentLength ?? blob.Size) == blob.Size;
    }

    /// <summary>A blob's content, not verified.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none (<c>BlobNotFound</c>), or it cannot be had.</exception>
    public async Task<Stream> OpenBlobAsync(ImageDescriptor blob, long offset, CancellationToken cancellation)
    {
        var stream = new ResumingBlobStream(Session, new RegistryRequest(HttpMethod.Get, $"{Root}/blobs/{blob.Digest}", PullScopes), blob, offset);
        try
        {
            await Session.RunAsync(
                async token =>
                {
                    await stream.OpenAsync(token).ConfigureAwait(false);
                    return true;
                },
                cancellation).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes a blob over from another repository of the registry (distribution-spec, "Mounting a blob from another repository").</summary>
    /// <param name="blob">Which.</param>
    /// <param name="from">That repository.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False when the registry did not.</returns>
    public async Task<bool> TryMountAsync(ImageDescriptor blob, string from, CancellationToken cancellation)
    {
        string target = $"{Root}/blobs/uploads/?mount={Uri.EscapeDataString(blob.Digest.ToString())}&from={Uri.EscapeDataString(from)}";
        var request = new RegistryRequest(HttpMethod.Post, target, [.. PushScopes, $"repository:{from}:pull"]) { Content = Empty };
        try
        {
            using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.Created)
                return true;
            // It has begun an upload instead, which is not gone on with: the blob goes the usual way.
            if (response.StatusCode == HttpStatusCode.Accepted)
                await CancelUploadAsync(Session.LocationOf(response), cancellation).ConfigureAwait(false);
        }
        catch (NsToolsException failure) when (failure.Kind == FailureKind.PermissionDenied)
        {
            // Who may not read there with the destination's log-in may still copy.
        }
        return false;
    }

    /// <summary>Uploads a blob, going on after a broken connection where the registry stopped.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="open">Opens its content.</param>
    /// <param name="onProgress">Is told of bytes that have gone.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It cannot be uploaded, or what came was not the blob.</exception>
    public async Task UploadBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        var upload = new BlobUpload { Location = await BeginUploadAsync(cancellation).ConfigureAwait(false) };
        try
        {
            while (true)
            {
                long before = upload.Offset;
                try
                {
                    await Session.RunAsync(token => SendBlobAsync(upload, blob, open, onProgress, token), cancellation).ConfigureAwait(false);
                    return;
                }
                catch (NsToolsException failure) when (failure.InnerException is TransientRegistryException && upload.Offset > before)
                {
                    // It does come forward.
                }
            }
        }
        catch (NsToolsException failure) when (failure.Kind == FailureKind.InvalidData)
        {
            // What has gone over is not the blob: it is not left there.
            await CancelUploadAsync(upload.Location, cancellation).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<bool> SendBlobAsync(BlobUpload upload, ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        if (upload.IsBroken)
            await FindOffsetAsync(upload, cancellation).ConfigureAwait(false);
        upload.IsBroken = true;
        if (blob.Size <= MonolithicSize && upload.Offset == 0)
        {
            await FinishAsync(upload, blob, () => new BlobContent(blob, open, 0, onProgress), cancellation).ConfigureAwait(false);
            return true;
        }
        if (upload.Offset < blob.Size)
        {
            var request = new RegistryRequest(HttpMethod.Patch, upload.Location, PushScopes)
            {
                Content = () => new BlobContent(blob, open, upload.Offset, onProgress),
                IsRetried = false,
            };
            using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                throw new TransientRegistryException($"{RegistryAnswer.AddressOf(response)}: the registry has another part of the blob than it said.", FailureKind.Connection);
            if (!response.IsSuccessStatusCode)
                throw await RegistryAnswer.FailureAsync(response, Session.Registry, "upload", cancellation).ConfigureAwait(false);
            upload.Location = Session.LocationOf(response);
            upload.Offset = blob.Size;
        }
        await FinishAsync(upload, blob, Empty, cancellation).ConfigureAwait(false);
        return true;
    }

    private async Task FinishAsync(BlobUpload upload, ImageDescriptor blob, Func<HttpContent> content, CancellationToken cancellation)
    {
        string digest = $"digest={Uri.EscapeDataString(blob.Digest.ToString())}";
        string target = upload.Location + (upload.Location.Contains('?', StringComparison.Ordinal) ? "&" : "?") + digest;
        var request = new RegistryRequest(HttpMethod.Put, target, PushScopes)
        {
            Content = content,
            IsRetried = false,
            Patience = Session.Options.Silence + TimeSpan.FromSeconds(blob.Size / SlowHash),
        };
        using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Created or HttpStatusCode.NoContent or HttpStatusCode.OK)
            return;
        // An answer that got lost: the registry may have finished the first time.
        if (response.StatusCode == HttpStatusCode.NotFound && await HasBlobAsync(blob, cancellation).ConfigureAwait(false))
            return;
        throw await RegistryAnswer.FailureAsync(response, Session.Registry, "upload", cancellation).ConfigureAwait(false);
    }

    // distribution-spec, "Pushing a blob in chunks": GET tells how much the registry has.
    private async Task FindOffsetAsync(BlobUpload upload, CancellationToken cancellation)
    {
        var request = new RegistryRequest(HttpMethod.Get, upload.Location, PushScopes) { IsRetried = false };
        using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NoContent && response.Headers.Location is not null)
        {
            upload.Location = Session.LocationOf(response);
            string? range = response.Headers.TryGetValues("Range", out IEnumerable<string>? given) ? given.FirstOrDefault() : null;
            upload.Offset = OffsetAfter(range);
            return;
        }
        upload.Location = await BeginUploadAsync(cancellation).ConfigureAwait(false);
        upload.Offset = 0;
    }

    // "0-0" says of an upload both that there is nothing and that there is one byte: nothing is the safe reading.
    private static long OffsetAfter(string? range) =>
        range?.Split('-') is [.., var last] && long.TryParse(last, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long end) && end > 0 ? end + 1 : 0;

    private async Task<string> BeginUploadAsync(CancellationToken cancellation)
    {
        var request = new RegistryRequest(HttpMethod.Post, $"{Root}/blobs/uploads/", PushScopes) { Content = Empty };
        using HttpResponseMessage response = await Session.SendAsync(request, cancellation).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.Accepted
            ? Session.LocationOf(response)
            : throw await RegistryAnswer.FailureAsync(response, Session.Registry, "upload", cancellation).ConfigureAwait(false);
    }

    private async Task CancelUploadAsync(string location, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response = await Session.SendAsync(new RegistryRequest(HttpMethod.Delete, location, PushScopes) { IsRetried = false }, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NsToolsException or TransientRegistryException)
        {
            // Registries sweep abandoned uploads away by themselves.
        }
    }

    // With a Content-Length of 0, which some registries insist on.
    private static ByteArrayContent Empty() => new([]);

    private sealed class BlobUpload
    {
        public required string Location { get; set; }

        public long Offset { get; set; }

        public bool IsBroken { get; set; }
    }
}
