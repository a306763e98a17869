using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Polly;
using Polly.Retry;

namespace NsTools.RootFileSystems.Downloads;

/// <summary>
/// HTTP requests that are tried again where that can help: after a connection that broke or timed out, and after the
/// answers 408, 429, 500, 502, 503 and 504, at growing intervals or when the server says (<c>Retry-After</c>).
/// </summary>
internal sealed class HttpTransport : IDisposable
{
    // How long a server may say nothing before the connection counts as broken.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    // A longer Retry-After is no pause any more but "come back tomorrow".
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(2);

    private readonly HttpClient _client;
    private readonly TimeSpan _pause;
    private readonly TimeSpan _silence;

    /// <summary>Makes a transport.</summary>
    /// <param name="pause">How long to wait before the second try; each further wait is twice as long.</param>
    /// <param name="silence">How long a server may say nothing before the connection counts as broken; null for the usual time.</param>
    public HttpTransport(TimeSpan pause, TimeSpan? silence = null)
    {
        _pause = pause;
        _silence = silence ?? s_patience;
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(15),
            // What is downloaded must be what its digest is of: never decompressed on the way.
            AutomaticDecompression = DecompressionMethods.None,
            MaxAutomaticRedirections = 10,
        })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("NsTools");
    }

    /// <summary>The one for use.</summary>
    public static HttpTransport Shared { get; } = new(TimeSpan.FromSeconds(1));

    /// <summary>An address as a message may show it: without user, password and query, where secrets are.</summary>
    /// <param name="address">The address.</param>
    public static string NameOf(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Tells the server who asks. Where it points to another one, HttpClient does not say it again.</summary>
    /// <param name="request">The request.</param>
    /// <param name="credential">Who; null for nobody.</param>
    public static void Authorize(HttpRequestMessage request, NetworkCredential? credential)
    {
        if (credential is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}")));
    }

    /// <summary>Does something with requests, again where that can help.</summary>
    /// <param name="work">One try.</param>
    /// <param name="onRetry">Called before each further try, with why.</param>
    /// <param name="cancellation">Ends it.</param>
    public T Run<T>(Func<CancellationToken, T> work, Action<string>? onRetry, CancellationToken cancellation)
    {
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 5,
                Delay = _pause,
                MaxDelay = TimeSpan.FromSeconds(30),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<TransientDownloadException>(e => e.RetryAfter is null || e.RetryAfter <= s_longestPause),
                DelayGenerator = static arguments => ValueTask.FromResult((arguments.Outcome.Exception as TransientDownloadException)?.RetryAfter),
                OnRetry = arguments =>
                {
                    onRetry?.Invoke($"{arguments.Outcome.Exception!.Message} Trying again in {arguments.RetryDelay.TotalSeconds:0.#} s.");
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
        try
        {
            return pipeline.Execute(work, cancellation);
        }
        catch (TransientDownloadException exception)
        {
            throw new NsToolsException(
                FailureKind.Connection, "DownloadFailed", exception.Message, "Try again later, or another mirror.", exception);
        }
    }

    /// <summary>Sends one request and waits for the answer's headers.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="TransientDownloadException">It may work when tried again.</exception>
    /// <exception cref="NsToolsException">It will not.</exception>
    public HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellation)
    {
        string address = NameOf(request.RequestUri!);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(_silence);
        HttpResponseMessage response;
        try
        {
            response = _client.Send(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.SecureConnectionError)
        {
            throw new NsToolsException(
                FailureKind.Connection, "DownloadFailed", $"{address}: {exception.Message}",
                "The server's certificate could not be verified: check the address and the host's time and CA certificates.", exception);
        }
        catch (HttpRequestException exception)
        {
            throw new TransientDownloadException($"{address}: {exception.Message}", null, exception);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientDownloadException($"{address}: no answer within {_silence.TotalSeconds:0} s.", null, exception);
        }
        if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.NotModified)
            return response;
        using (response)
            throw Failure(address, response);
    }

    /// <summary>A small text.</summary>
    /// <param name="address">Where.</param>
    /// <param name="most">How many bytes at most.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It cannot be had.</exception>
    public string GetText(Uri address, int most, CancellationToken cancellation) => Run(
        token =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using HttpResponseMessage response = Send(request, token);
            using Stream content = response.Content.ReadAsStream(token);
            using var memory = new MemoryStream();
            byte[] buffer = new byte[16 * 1024];
            while (Read(content, buffer, address, token) is > 0 and int read)
            {
                memory.Write(buffer, 0, read);
                if (memory.Length > most)
                    throw new NsToolsException(FailureKind.InvalidData, "ReleasesInvalid", $"{address} answers with more than {most:N0} bytes.");
            }
            return Encoding.UTF8.GetString(memory.GetBuffer(), 0, (int)memory.Length);
        },
        onRetry: null,
        cancellation);

    /// <summary>Reads a part of an answer.</summary>
    /// <param name="content">The answer's content.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="address">Of what, for errors.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="TransientDownloadException">The connection broke or went silent.</exception>
    public int Read(Stream content, Memory<byte> buffer, Uri address, CancellationToken cancellation)
    {
        // Only the asynchronous read can be ended, by Ctrl+C and by silence.
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(_silence);
        try
        {
            return content.ReadAsync(buffer, silence.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientDownloadException($"{NameOf(address)}: nothing came for {_silence.TotalSeconds:0} s.", null, exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new TransientDownloadException($"{NameOf(address)}: the connection broke ({exception.Message.TrimEnd('.')}).", null, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static Exception Failure(string address, HttpResponseMessage response)
    {
        string message = $"{address}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}.";
        return (int)response.StatusCode switch
        {
            408 or 429 or 500 or 502 or 503 or 504 => new TransientDownloadException(message, RetryAfter(response), null),
            404 or 410 => new NsToolsException(FailureKind.NotFound, "DownloadNotFound", message, "Check the address: release, architecture and mirror are part of it."),
            401 or 403 => new NsToolsException(FailureKind.PermissionDenied, "DownloadRefused", message),
            _ => new NsToolsException(FailureKind.Connection, "DownloadFailed", message),
        };
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        TimeSpan? pause = response.Headers.RetryAfter?.Delta ?? response.Headers.RetryAfter?.Date - DateTimeOffset.UtcNow;
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }
}
