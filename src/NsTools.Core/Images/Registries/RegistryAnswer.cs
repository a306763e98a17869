using System.Net;
using System.Text.Json;

namespace NsTools.Images.Registries;

/// <summary>Reads what registries answer, which may be anything.</summary>
internal static class RegistryAnswer
{
    private const int MaximumErrorSize = 64 * 1024;

    // Past that, Retry-After is no pause any more but "come back tomorrow".
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(2);

    /// <summary>Reads a small body.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It has more (<c>RegistryAnswerTooLarge</c>).</exception>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        string address = AddressOf(response);
        if (response.Content.Headers.ContentLength > most)
            throw TooLarge(address, most);
        using var memory = new MemoryStream();
        try
        {
            Stream content = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                byte[] buffer = new byte[16 * 1024];
                while (await content.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and int read)
                {
                    memory.Write(buffer, 0, read);
                    if (memory.Length > most)
                        throw TooLarge(address, most);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new TransientRegistryException($"{address}: the connection broke ({exception.Message.TrimEnd('.')}).", FailureKind.Connection, null, exception);
        }
        return memory.ToArray();
    }

    /// <summary>The failure that an answer tells of.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="registry">The registry's name.</param>
    /// <param name="what">What was asked for (<c>manifest</c>, <c>blob</c>).</param>
    /// <param name="cancellation">Ends reading the answer.</param>
    public static async Task<Exception> FailureAsync(HttpResponseMessage response, string registry, string what, CancellationToken cancellation)
    {
        string said = await SaidAsync(response, cancellation).ConfigureAwait(false);
        string message = $"{AddressOf(response)}: the registry answers {(int)response.StatusCode} {DisplayText.Of(response.ReasonPhrase)}{said}.";
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new NsToolsException(
                FailureKind.PermissionDenied, "RegistryUnauthorized", message, $"Log in with Connect-Registry {registry}, or give -Credential; check user name and password."),
            HttpStatusCode.Forbidden => new NsToolsException(
                FailureKind.PermissionDenied, "RegistryDenied", message, "The registry knows who asks, and does not allow it."),
            HttpStatusCode.NotFound => new NsToolsException(
                FailureKind.NotFound, what == "blob" ? "BlobNotFound" : what == "manifest" ? "ImageNotFound" : "RegistryNotFound", message, "Check registry, repository and tag: Get-ImageTag shows the tags."),
            HttpStatusCode.MethodNotAllowed => new NsToolsException(FailureKind.NotSupported, "RegistryUnsupported", message, "The registry does not offer this, or it is switched off there."),
            HttpStatusCode.RequestEntityTooLarge => new NsToolsException(FailureKind.LimitExceeded, "RegistryTooLarge", message, "The registry, or a proxy before it, limits the size."),
            _ => new NsToolsException(FailureKind.Connection, "RegistryFailed", message),
        };
    }

    /// <summary>True for an answer that may be another one the next time.</summary>
    public static bool IsTransient(HttpStatusCode status) => (int)status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>The failure of such an answer.</summary>
    public static async Task<Exception> TransientAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        TimeSpan? pause = response.Headers.RetryAfter?.Delta ?? response.Headers.RetryAfter?.Date - DateTimeOffset.UtcNow;
        string said = await SaidAsync(response, cancellation).ConfigureAwait(false);
        bool isLimit = response.StatusCode == HttpStatusCode.TooManyRequests;
        string message = $"{AddressOf(response)}: the registry answers {(int)response.StatusCode} {DisplayText.Of(response.ReasonPhrase)}{said}.";
        if (pause > s_longestPause)
        {
            return new NsToolsException(
                isLimit ? FailureKind.LimitExceeded : FailureKind.Connection,
                isLimit ? "RegistryRateLimited" : "RegistryUnavailable",
                message,
                $"It wants to be asked again in {pause.Value.TotalMinutes:0} minutes.");
        }
        return new TransientRegistryException(message, isLimit ? FailureKind.LimitExceeded : FailureKind.Connection, pause < TimeSpan.Zero ? TimeSpan.Zero : pause);
    }

    /// <summary>An address without its query, which may have a signature or a token in it.</summary>
    public static string AddressOf(HttpResponseMessage response) => AddressOf(response.RequestMessage?.RequestUri);

    /// <summary>An address without its query and without what stands before an @.</summary>
    public static string AddressOf(Uri? address) => address?.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) ?? "the registry";

    // distribution-spec, "Error Codes".
    private static async Task<string> SaidAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            byte[] body = await ReadAsync(response, MaximumErrorSize, cancellation).ConfigureAwait(false);
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement first = document.RootElement.GetProperty("errors")[0];
            string? code = first.TryGetProperty("code", out JsonElement given) ? given.ToString() : null;
            string? message = first.TryGetProperty("message", out JsonElement words) ? words.ToString() : null;
            return $" ({DisplayText.Of(string.Join(": ", new[] { code, message }.Where(t => !string.IsNullOrEmpty(t))))})";
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or NsToolsException or TransientRegistryException)
        {
            // What a proxy or another server says in HTML helps nobody.
            return "";
        }
    }

    private static NsToolsException TooLarge(string address, int most) => new(
        FailureKind.LimitExceeded, "RegistryAnswerTooLarge", $"{address}: the registry answers with more than {most:N0} bytes.", "No registry does that: do not trust it.");
}
