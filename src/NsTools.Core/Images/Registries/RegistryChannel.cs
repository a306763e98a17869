using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace NsTools.Images.Registries;

/// <summary>
/// What stays of a registry from one command to the next: its connections, its tokens, and how it wants to be spoken to.
/// </summary>
internal sealed class RegistryChannel : IDisposable
{
    private static readonly ConcurrentDictionary<Key, RegistryChannel> s_channels = new();

    private readonly RegistryHttp _http;
    private readonly SemaphoreSlim _greeting = new(1);
    private Uri? _root;

    private RegistryChannel(RegistryConnectionOptions options)
    {
        _http = new RegistryHttp(options);
        Authenticator = new RegistryAuthenticator(options.Registry, options.Credential, options.AllowsHttp);
    }

    /// <summary>Lets requests in.</summary>
    public RegistryAuthenticator Authenticator { get; }

    /// <summary>The channel for a registry and a log-in.</summary>
    /// <param name="options">How it is spoken to.</param>
    public static RegistryChannel For(RegistryConnectionOptions options) => s_channels.GetOrAdd(
        new Key(options.Registry, options.Credential?.UserName, options.Credential?.Secret, options.SkipsCertificateCheck, options.AllowsHttp, options.Silence, options.Certificates.Stamp),
        static (_, given) => new RegistryChannel(given),
        options);

    /// <summary>Sends a message, and takes what may be mended by another try for a failure.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<HttpResponseMessage> SendCheckedAsync(HttpRequestMessage message, CancellationToken cancellation)
    {
        HttpResponseMessage response = await SendAsync(message, null, cancellation).ConfigureAwait(false);
        if (!RegistryAnswer.IsTransient(response.StatusCode))
            return response;
        using (response)
            throw await RegistryAnswer.TransientAsync(response, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="patience">How long to wait for the answer; null for the usual time.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, TimeSpan? patience, CancellationToken cancellation)
    {
        try
        {
            return await _http.SendAsync(message, patience, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TransientRegistryException or NsToolsException { ErrorId: "RegistryCertificateInvalid" })
        {
            // Another server may be there the next time, with TLS or without.
            Volatile.Write(ref _root, null);
            throw;
        }
    }

    /// <summary>Finds out how the registry is to be spoken to, once (distribution-spec, "Determining Support").</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Its address.</returns>
    public async Task<Uri> GreetAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _root) is { } known)
            return known;
        await _greeting.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_root is { } found)
                return found;
            Uri root = await _http.FindRootAsync(cancellation).ConfigureAwait(false);
            using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(root, "/v2/"));
            using HttpResponseMessage response = await SendCheckedAsync(message, cancellation).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                Authenticator.Learn(response.Headers);
            else if (response.StatusCode == HttpStatusCode.NotFound)
                throw new NsToolsException(FailureKind.NotFound, "NotARegistry", $"{RegistryAnswer.AddressOf(response)} answers 404: this is no registry.", "Check host and port.");
            Volatile.Write(ref _root, root);
            return root;
        }
        catch (TransientRegistryException exception) when (RegistryHttp.IsRefused(exception))
        {
            // At first sight that is a wrong port rather than a registry that is being started again.
            throw new NsToolsException(FailureKind.Connection, "RegistryUnavailable", exception.Message, "Check host and port, and whether the registry runs.", exception);
        }
        finally
        {
            _greeting.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _greeting.Dispose();
    }

    /// <summary>The header that lets a request in; null where none is asked for.</summary>
    /// <param name="scopes">What it must allow.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<AuthenticationHeaderValue?> HeaderAsync(IReadOnlyList<string> scopes, CancellationToken cancellation) =>
        Authenticator.HeaderAsync(scopes, SendCheckedAsync, cancellation);

    private sealed record Key(string Registry, string? UserName, string? Secret, bool SkipsCertificateCheck, bool AllowsHttp, TimeSpan Silence, string Certificates);
}
