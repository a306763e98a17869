using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace NsTools.Images.Registries;

/// <summary>
/// Lets a session in: Basic, or tokens (distribution's "Token Authentication Specification" and its OAuth2 variant),
/// which are kept until they end, one for each union of scopes.
/// </summary>
/// <param name="registry">The registry's name, for errors.</param>
/// <param name="credential">User name and password, or an identity token; null for nobody in particular.</param>
/// <param name="allowsHttp">True lets the token server be spoken to without TLS.</param>
internal sealed class RegistryAuthenticator(string registry, RegistryCredential? credential, bool allowsHttp)
{
    private const int MaximumAnswer = 1 << 20;

    private readonly ConcurrentDictionary<string, RegistryToken> _tokens = new();
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _fetching = new();
    private volatile AuthChallenge? _challenge;

    /// <summary>Takes note of what the registry asks for.</summary>
    /// <exception cref="NsToolsException">It asks for something that cannot be given (<c>RegistryAuthUnsupported</c>).</exception>
    public void Learn(HttpResponseHeaders headers) => _challenge = AuthChallenge.From(headers)
        ?? throw new NsToolsException(
            FailureKind.NotSupported,
            "RegistryAuthUnsupported",
            $"{registry} asks for an authentication other than Basic and Bearer: {DisplayText.Of(string.Join(", ", headers.WwwAuthenticate.Select(h => h.Scheme)))}.",
            "Is there a proxy in between that wants a log-in of its own?");

    /// <summary>Forgets the token for the scopes: the registry did not take it.</summary>
    public void Forget(IReadOnlyList<string> scopes) => _tokens.TryRemove(KeyOf(scopes), out _);

    /// <summary>The header to send; null where the registry has not asked for any.</summary>
    /// <param name="scopes">What it must allow.</param>
    /// <param name="send">Sends the request for a token.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<AuthenticationHeaderValue?> HeaderAsync(
        IReadOnlyList<string> scopes, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancellation)
    {
        switch (_challenge)
        {
            case null:
                return null;
            case { IsBearer: false }:
                return credential is null ? null : Basic(credential);
            case { } bearer:
                string key = KeyOf(scopes);
                if (_tokens.TryGetValue(key, out RegistryToken? token) && token.IsUsable)
                    return new AuthenticationHeaderValue("Bearer", token.Value);
                // Of many blobs at once only the first asks.
                SemaphoreSlim gate = _fetching.GetOrAdd(key, _ => new SemaphoreSlim(1));
                await gate.WaitAsync(cancellation).ConfigureAwait(false);
                try
                {
                    if (!_tokens.TryGetValue(key, out token) || !token.IsUsable)
                        _tokens[key] = token = await FetchAsync(bearer, scopes, send, cancellation).ConfigureAwait(false);
                    return new AuthenticationHeaderValue("Bearer", token.Value);
                }
                finally
                {
                    gate.Release();
                }
        }
    }

    private async Task<RegistryToken> FetchAsync(
        AuthChallenge challenge, IReadOnlyList<string> scopes, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancellation)
    {
        Uri realm = RealmOf(challenge);
        string service = challenge.Parameters.GetValueOrDefault("service") ?? "";
        using HttpRequestMessage request = credential is { IsIdentityToken: true } ? OAuthRequest(realm, service, scopes) : TokenRequest(realm, service, scopes);
        using HttpResponseMessage response = await send(request, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RegistryAnswer.FailureAsync(response, registry, "token", cancellation).ConfigureAwait(false);
        byte[] answer = await RegistryAnswer.ReadAsync(response, MaximumAnswer, cancellation).ConfigureAwait(false);
        try
        {
            if (RegistryToken.Read(answer) is { } token)
                return token;
        }
        catch (JsonException)
        {
            // What it says is not repeated: it may have a token in it.
        }
        throw new NsToolsException(
            FailureKind.InvalidData, "RegistryTokenInvalid", $"{registry}: the answer of the token server {realm.GetLeftPart(UriPartial.Path)} has no token in it.");
    }

    private Uri RealmOf(AuthChallenge challenge)
    {
        string text = challenge.Parameters["realm"];
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? realm) || realm.Scheme is not ("https" or "http"))
            throw new NsToolsException(FailureKind.InvalidData, "RegistryRealmInvalid", $"{registry}: its token server's address is '{DisplayText.Of(text)}'.");
        return realm.Scheme == "https" || allowsHttp
            ? realm
            : throw new NsToolsException(
                FailureKind.PermissionDenied,
                "RegistryRealmInsecure",
                $"{registry}: its token server {realm.GetLeftPart(UriPartial.Authority)} is without TLS, where the password could be read on the way.",
                "Allow it with -AllowHttp only on a network of your own.");
    }

    private HttpRequestMessage TokenRequest(Uri realm, string service, IReadOnlyList<string> scopes)
    {
        var query = new StringBuilder(realm.Query.Length > 1 ? realm.Query[1..] + "&" : "");
        if (service.Length > 0)
            query.Append("service=").Append(Uri.EscapeDataString(service)).Append('&');
        foreach (string scope in scopes)
            query.Append("scope=").Append(Uri.EscapeDataString(scope)).Append('&');
        if (credential is not null)
            query.Append("account=").Append(Uri.EscapeDataString(credential.UserName)).Append('&');
        var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(realm) { Query = query.ToString().TrimEnd('&') }.Uri);
        if (credential is not null)
            request.Headers.Authorization = Basic(credential);
        return request;
    }

    private HttpRequestMessage OAuthRequest(Uri realm, string service, IReadOnlyList<string> scopes) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["client_id"] = "nstools",
            ["service"] = service,
            ["scope"] = string.Join(' ', scopes),
            ["refresh_token"] = credential!.Secret,
        }),
    };

    private static AuthenticationHeaderValue Basic(RegistryCredential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Secret}")));

    private static string KeyOf(IReadOnlyList<string> scopes) => string.Join(' ', scopes);
}
