using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace NsTools.Images.Registries;

/// <summary>The HTTP client for one registry: its certificates, its timeouts, proxies by the usual variables.</summary>
internal sealed class RegistryHttp : IDisposable
{
    private readonly RegistryConnectionOptions _options;
    private readonly HttpClient _client;
    // Set when the server has shown a certificate: then it does speak TLS, whatever else went wrong.
    private volatile bool _hasShownCertificate;
    private volatile string? _certificateProblem;

    /// <summary>Makes a client.</summary>
    public RegistryHttp(RegistryConnectionOptions options)
    {
        _options = options;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(15),
            // What is received must be what its digest is of.
            AutomaticDecompression = DecompressionMethods.None,
            // Followed by the session, which knows what goes along.
            AllowAutoRedirect = false,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = 4 << 20,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = Verify;
        if (options.Certificates.Client.Count > 0)
            handler.SslOptions.ClientCertificates = options.Certificates.Client;
        _client = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("NsTools");
    }

    /// <summary>Sends a message and waits for the answer's headers.</summary>
    /// <param name="message">The message.</param>
    /// <param name="patience">How long; null for the usual time.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="TransientRegistryException">It may work when tried again.</exception>
    /// <exception cref="NsToolsException">It will not.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, TimeSpan? patience, CancellationToken cancellation)
    {
        string address = RegistryAnswer.AddressOf(message.RequestUri);
        TimeSpan silence = patience ?? _options.Silence;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        waiting.CancelAfter(silence);
        // As long as the body goes out nothing is silent.
        // With TLS, where the server agrees. HttpClient's own default is not for messages that others made.
        message.Version = HttpVersion.Version20;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        if (message.Content is BlobContent body)
            body.Sent = () => waiting.CancelAfter(silence);
        try
        {
            return await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, waiting.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException exception) when (OfSource(exception.InnerException) is { } failure)
        {
            // Of the body's source: it tells more than that the body could not be sent.
            throw new NsToolsException(failure.Kind, failure.ErrorId, failure.Message, failure.Remedy, failure);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.SecureConnectionError && _hasShownCertificate)
        {
            throw new NsToolsException(
                FailureKind.Connection,
                "RegistryCertificateInvalid",
                $"{address}: the registry's certificate could not be verified ({_certificateProblem ?? Reason(exception)}).",
                $"Put its authority's certificate into /etc/containers/certs.d/{_options.Host}/ca.crt, or use -SkipCertificateCheck on a network of your own.",
                exception);
        }
        catch (HttpRequestException exception) when (exception is { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: AuthenticationException })
        {
            throw new NsToolsException(
                FailureKind.Connection, "RegistryNotTls", $"{address}: the registry does not speak TLS ({Reason(exception)}).", "Use -AllowHttp on a network of your own, or check host and port.", exception);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.NameResolutionError)
        {
            throw new NsToolsException(
                FailureKind.Connection, "RegistryNotFound", $"{address}: the name of the registry cannot be resolved ({exception.Message.TrimEnd('.')}).", "Check the registry's name, and the host's DNS.", exception);
        }
        catch (HttpRequestException exception)
        {
            throw new TransientRegistryException($"{address}: {Reason(exception)}.", FailureKind.Connection, null, exception);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientRegistryException($"{address}: no answer within {silence.TotalSeconds:0.#} s.", FailureKind.Timeout, null, exception);
        }
    }

    /// <summary>True for a failure that says that nobody listens there.</summary>
    public static bool IsRefused(Exception exception) =>
        exception.InnerException is HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } };

    /// <summary>The registry's address: with TLS, or without where that is allowed and it has none.</summary>
    /// <param name="cancellation">Ends it.</param>
    public async Task<Uri> FindRootAsync(CancellationToken cancellation)
    {
        _hasShownCertificate = false;
        var secure = new Uri($"https://{_options.Host}/");
        if (!_options.AllowsHttp)
            return secure;
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(secure, "/v2/"));
            using HttpResponseMessage response = await SendAsync(message, null, cancellation).ConfigureAwait(false);
            return secure;
        }
        catch (Exception exception) when (!_hasShownCertificate && exception is TransientRegistryException or NsToolsException { ErrorId: "RegistryNotTls" })
        {
            // Whatever it is, it has not begun to speak TLS.
            return new Uri($"http://{_options.Host}/");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static NsToolsException? OfSource(Exception? exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is NsToolsException failure)
                return failure;
        }
        return null;
    }

    private static string Reason(HttpRequestException exception) => DisplayText.Of((exception.InnerException switch
    {
        AuthenticationException inner => inner.InnerException?.Message ?? inner.Message,
        SocketException inner => inner.Message,
        IOException inner => inner.Message,
        _ => exception.Message,
    }).TrimEnd('.'));

    private bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _hasShownCertificate = true;
        if (errors == SslPolicyErrors.None || _options.SkipsCertificateCheck)
            return true;
        _certificateProblem = errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"it is for another name: {DisplayText.Of(certificate?.Subject)}"
            : DisplayText.Of(string.Join(", ", (chain?.ChainStatus ?? []).Select(s => s.StatusInformation.TrimEnd('.')).DefaultIfEmpty(errors.ToString())));
        X509Certificate2Collection authorities = _options.Certificates.Authorities;
        if (authorities.Count == 0 || certificate is not X509Certificate2 leaf || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return false;
        // certs.d(5): the authorities there are trusted beside the host's own.
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (X509ChainElement element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        return own.Build(leaf);
    }
}
