using System.Net;
using NsTools.RootFileSystems.Archives;

namespace NsTools.Images.Registries;

/// <summary>
/// A blob's content from a registry. When the connection breaks or goes silent, the rest is asked for (RFC 9110, 14.2)
/// and the reader does not notice; several failures with nothing between them are one.
/// </summary>
/// <param name="session">The registry.</param>
/// <param name="request">What to ask for.</param>
/// <param name="blob">The blob.</param>
/// <param name="offset">Where to begin.</param>
internal sealed class ResumingBlobStream(RegistrySession session, RegistryRequest request, ImageDescriptor blob, long offset) : ForwardStream
{
    private long _position = offset;
    private int _failures;
    private HttpResponseMessage? _response;
    private Stream? _content;

    /// <summary>Asks for the content.</summary>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        // An answer of nothing at all cannot be asked for as a range.
        long start = _position >= blob.Size ? 0 : _position;
        HttpResponseMessage response = await session.SendAsync(request with { RangeStart = start }, cancellation).ConfigureAwait(false);
        try
        {
            if (!response.IsSuccessStatusCode)
                throw await RegistryAnswer.FailureAsync(response, session.Registry, "blob", cancellation).ConfigureAwait(false);
            bool isPart = response.StatusCode == HttpStatusCode.PartialContent;
            long? from = response.Content.Headers.ContentRange?.From;
            if (isPart && from != start)
                throw new TransientRegistryException($"{RegistryAnswer.AddressOf(response)}: the registry answers with the bytes from {from:N0}, not from {start:N0}.", FailureKind.Connection);
            long? total = isPart ? response.Content.Headers.ContentRange?.Length ?? start + response.Content.Headers.ContentLength : response.Content.Headers.ContentLength;
            if (total is { } offered && offered != blob.Size)
                throw BlobFailure.WrongSize(RegistryAnswer.AddressOf(response), blob, offered, isMore: offered > blob.Size);
            _content = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            _response = response;
            // A registry that knows no ranges gives all of it.
            if (!isPart && _position > 0)
                await SkipAsync(_position, cancellation).ConfigureAwait(false);
        }
        catch
        {
            HangUp();
            response.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        byte[] bytes = new byte[buffer.Length];
        int read = ReadAsync(bytes).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, read).CopyTo(buffer);
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                if (_content is null)
                    await OpenAsync(cancellationToken).ConfigureAwait(false);
                int read = await ReadOnceAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (read == 0 && !buffer.IsEmpty && _position < blob.Size)
                    throw new TransientRegistryException($"{Address}: the connection ended after {_position:N0} of {blob.Size:N0} bytes.", FailureKind.Connection);
                _position += read;
                if (read > 0)
                    _failures = 0;
                return read;
            }
            catch (TransientRegistryException exception)
            {
                await RecoverAsync(exception, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            HangUp();
        base.Dispose(disposing);
    }

    private string Address => RegistryAnswer.AddressOf(_response?.RequestMessage?.RequestUri);

    private async Task RecoverAsync(TransientRegistryException exception, CancellationToken cancellation)
    {
        HangUp();
        if (_failures++ >= session.Options.Retries)
            throw new NsToolsException(exception.Kind, "RegistryUnavailable", exception.Message, "Try again later; what has been received so far is kept.", exception);
        // The first time at once: a connection that broke in the middle of a blob has hardly anything to do with load.
        TimeSpan pause = _failures == 1 ? TimeSpan.Zero : session.Options.Pause * Math.Min(30, 1 << (_failures - 2));
        session.Options.Notice?.Invoke($"{exception.Message} Going on from byte {_position:N0}.");
        await Task.Delay(pause, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(session.Options.Silence);
        try
        {
            return await _content!.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientRegistryException($"{Address}: nothing came for {session.Options.Silence.TotalSeconds:0.#} s.", FailureKind.Timeout, null, exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new TransientRegistryException($"{Address}: the connection broke after {_position:N0} of {blob.Size:N0} bytes ({DisplayText.Of(exception.Message).TrimEnd('.')}).", FailureKind.Connection, null, exception);
        }
    }

    private async Task SkipAsync(long count, CancellationToken cancellation)
    {
        byte[] waste = new byte[64 * 1024];
        while (count > 0)
        {
            int read = await ReadOnceAsync(waste.AsMemory(0, (int)Math.Min(waste.Length, count)), cancellation).ConfigureAwait(false);
            if (read == 0)
                throw new TransientRegistryException($"{Address}: the connection ended.", FailureKind.Connection);
            count -= read;
        }
    }

    private void HangUp()
    {
        _content?.Dispose();
        _response?.Dispose();
        _content = null;
    }
}
