using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace NsTools.Images.Registries;

/// <summary>
/// Speaks with one registry (OCI distribution-spec 1.1): finds out whether it has TLS and what it asks for, lets itself
/// in, follows redirects without taking the log-in along to another host, and tries again what may be mended.
/// </summary>
internal sealed class RegistrySession
{
    private const int MaximumRedirects = 10;

    private readonly RegistryConnectionOptions _options;
    private readonly RegistryChannel _channel;
    private readonly ResiliencePipeline _pipeline;

    /// <summary>Makes a session; nothing is sent yet.</summary>
    public RegistrySession(RegistryConnectionOptions options)
    {
        _options = options;
        _channel = RegistryChannel.For(options);
        var builder = new ResiliencePipelineBuilder();
        if (options.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.Retries,
                Delay = options.Pause,
                MaxDelay = TimeSpan.FromSeconds(30),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<TransientRegistryException>(),
                DelayGenerator = static arguments => ValueTask.FromResult((arguments.Outcome.Exception as TransientRegistryException)?.RetryAfter),
                OnRetry = arguments =>
                {
                    options.Notice?.Invoke($"{arguments.Outcome.Exception!.Message} Trying again in {arguments.RetryDelay.TotalSeconds:0.#} s.");
                    return ValueTask.CompletedTask;
                },
            });
        }
        _pipeline = builder.Build();
    }

    /// <summary>The registry's name, as users write it.</summary>
    public string Registry => _options.Registry;

    /// <summary>How it is spoken to.</summary>
    public RegistryConnectionOptions Options => _options;

    /// <summary>Does something of several requests, again where that can help.</summary>
    /// <param name="work">One try.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await _pipeline.ExecuteAsync(static async (job, token) => await job(token).ConfigureAwait(false), work, cancellation).ConfigureAwait(false);
        }
        catch (TransientRegistryException exception)
        {
            throw new NsToolsException(
                exception.Kind,
                exception.Kind switch
                {
                    FailureKind.LimitExceeded => "RegistryRateLimited",
                    FailureKind.Timeout => "RegistryTimeout",
                    _ => "RegistryUnavailable",
                },
                exception.Message,
                "Try again later; what has been received so far is kept.",
                exception);
        }
    }

    /// <summary>Sends a request and waits for the answer's headers; statuses that may be mended are tried again.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The answer, whatever its status.</returns>
    /// <exception cref="NsToolsException">There is no answer (<c>RegistryUnavailable</c>, <c>RegistryCertificateInvalid</c>).</exception>
    public Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellation) =>
        request.IsRetried ? RunAsync(token => SendOnceAsync(request, token), cancellation) : SendOnceAsync(request, cancellation);

    /// <summary>The address that an answer names as its <c>Location</c>, made absolute.</summary>
    /// <param name="response">The answer.</param>
    /// <exception cref="NsToolsException">There is none, or it is without TLS where the registry has it (<c>RegistryLocationInvalid</c>).</exception>
    public string LocationOf(HttpResponseMessage response)
    {
        Uri from = response.RequestMessage!.RequestUri!;
        if (response.Headers.Location is not { } location || !Uri.TryCreate(from, location, out Uri? absolute) || absolute.Scheme is not ("https" or "http")
            || (absolute.Scheme == "http" && from.Scheme == "https" && !_options.AllowsHttp))
        {
            throw new NsToolsException(
                FailureKind.InvalidData, "RegistryLocationInvalid", $"{RegistryAnswer.AddressOf(from)}: the registry names an address that cannot be used: '{DisplayText.Of(response.Headers.Location?.ToString())}'.");
        }
        return absolute.AbsoluteUri;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(RegistryRequest request, CancellationToken cancellation)
    {
        Uri root = await _channel.GreetAsync(cancellation).ConfigureAwait(false);
        for (bool isSecond = false; ; isSecond = true)
        {
            AuthenticationHeaderValue? header = await _channel.HeaderAsync(request.Scopes, cancellation).ConfigureAwait(false);
            HttpResponseMessage response = await FollowAsync(root, request, header, cancellation).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.Unauthorized && !isSecond && IsOurs(root, response.RequestMessage!.RequestUri!))
            {
                // The token has ended before its time, or this part of the registry asks for another one.
                if (response.Headers.WwwAuthenticate.Count > 0)
                    _channel.Authenticator.Learn(response.Headers);
                _channel.Authenticator.Forget(request.Scopes);
                response.Dispose();
                continue;
            }
            if (!RegistryAnswer.IsTransient(response.StatusCode))
                return response;
            using (response)
                throw await RegistryAnswer.TransientAsync(response, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(Uri root, RegistryRequest request, AuthenticationHeaderValue? header, CancellationToken cancellation)
    {
        var address = new Uri(root, request.Target);
        for (int redirects = 0; ; redirects++)
        {
            using HttpRequestMessage message = MessageOf(request, address);
            if (IsOurs(root, address))
                message.Headers.Authorization = header;
            HttpResponseMessage response = await _channel.SendAsync(message, request.Patience, cancellation).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is null)
                return response;
            using (response)
            {
                if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
                    throw new NsToolsException(FailureKind.NotSupported, "RegistryRedirect", $"{RegistryAnswer.AddressOf(address)}: the registry sends {request.Method} elsewhere, which is not followed.");
                if (redirects == MaximumRedirects)
                    throw new NsToolsException(FailureKind.Connection, "RegistryRedirect", $"{RegistryAnswer.AddressOf(address)}: more than {MaximumRedirects} redirects.");
                address = Redirected(address, response.Headers.Location);
            }
        }
    }

    private Uri Redirected(Uri from, Uri location)
    {
        if (!Uri.TryCreate(from, location, out Uri? to) || to.Scheme is not ("https" or "http"))
            throw new NsToolsException(FailureKind.InvalidData, "RegistryRedirect", $"{RegistryAnswer.AddressOf(from)}: the registry sends on to '{DisplayText.Of(location.ToString())}'.");
        return to.Scheme == "https" || from.Scheme == "http" || _options.AllowsHttp
            ? to
            : throw new NsToolsException(
                FailureKind.PermissionDenied, "RegistryRedirect", $"{RegistryAnswer.AddressOf(from)}: the registry sends on to {RegistryAnswer.AddressOf(to)}, which is without TLS.", "Allow it with -AllowHttp.");
    }

    private static HttpRequestMessage MessageOf(RegistryRequest request, Uri address)
    {
        var message = new HttpRequestMessage(request.Method, address) { Content = request.Content?.Invoke() };
        foreach (string type in request.Accept ?? [])
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        if (request.RangeStart > 0)
            message.Headers.Range = new RangeHeaderValue(request.RangeStart, null);
        return message;
    }

    private static bool IsOurs(Uri root, Uri address) =>
        root.Scheme == address.Scheme && root.Port == address.Port && root.Host.Equals(address.Host, StringComparison.OrdinalIgnoreCase);
}
