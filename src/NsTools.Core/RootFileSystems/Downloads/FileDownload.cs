using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace NsTools.RootFileSystems.Downloads;

/// <summary>
/// Downloads one file. What is received lies in <c>FILE.partial</c>, with the server's validator of it in
/// <c>FILE.partial.etag</c>, so that a later try goes on where this one stopped (RFC 9110, Range and If-Range). The
/// file appears under its name only when its checksum is right.
/// </summary>
public static class FileDownload
{
    private const int BufferSize = 256 * 1024;
    private const long ProgressInterval = 100;

    /// <summary>Downloads a file.</summary>
    /// <param name="request">What, and where to.</param>
    /// <param name="cancellation">Ends it; what has been received stays for the next time.</param>
    /// <exception cref="NsToolsException">
    /// The file is there already, cannot be had, or is not what it should be (<c>ChecksumMismatch</c>, <c>SizeMismatch</c>).
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DownloadResult Run(DownloadRequest request, CancellationToken cancellation) => Run(request, HttpTransport.Shared, cancellation);

    internal static DownloadResult Run(DownloadRequest request, HttpTransport transport, CancellationToken cancellation)
    {
        if (!request.Overwrites && (File.Exists(request.Destination) || Directory.Exists(request.Destination)))
        {
            throw new NsToolsException(
                FailureKind.AlreadyExists, "FileExists", $"'{request.Destination}' exists.", "Use -Force to replace it, or another -Destination.");
        }
        using var partial = PartialFile.Open(request.Destination);
        using var hash = IncrementalHash.CreateHash(request.Sha256 is null && request.Sha512 is not null ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
        // What is there from an earlier try counts only after its bytes have gone through the hash too.
        long hashed = 0;
        var meter = new Meter(request);
        DownloadResult? answer = null;
        transport.Run(
            token =>
            {
                Receive(request, transport, partial, hash, ref hashed, meter, ref answer, token);
                return true;
            },
            request.Notice,
            cancellation);
        // What was there whole from an earlier try has had no answer.
        DownloadResult result = answer ?? new DownloadResult { Validators = new DownloadValidators(null, null) };
        if (result.IsUnchanged)
            return result;
        string checksum = Verify(request, partial, hash);
        partial.Complete();
        return result with { Checksum = checksum };
    }

    private static void Receive(
        DownloadRequest request, HttpTransport transport, PartialFile partial, IncrementalHash hash, ref long hashed, Meter meter, ref DownloadResult? answer, CancellationToken cancellation)
    {
        while (hashed < partial.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            hashed += partial.Hash(hash, hashed);
        }
        if (partial.Length > 0 && partial.Length == request.Size)
            return;
        // Nothing would tell whether the rest belongs to what is there.
        if (partial is { Length: > 0, Validator: null } && request.Sha256 is null && request.Sha512 is null)
            StartAnew(partial, hash, ref hashed);
        using var message = new HttpRequestMessage(HttpMethod.Get, request.Uri);
        if (partial.Length > 0)
        {
            message.Headers.Range = new RangeHeaderValue(partial.Length, null);
            if (partial.Validator is { } validator && RangeConditionHeaderValue.TryParse(validator, out RangeConditionHeaderValue? condition))
                message.Headers.IfRange = condition;
        }
        bool isConditional = partial.Length == 0 && AddCondition(message, request.Known);
        HttpTransport.Authorize(message, request.Credential);
        using HttpResponseMessage response = transport.Send(message, cancellation);
        answer = new DownloadResult
        {
            IsUnchanged = response.StatusCode == HttpStatusCode.NotModified,
            Validators = new DownloadValidators(response.Headers.ETag?.ToString(), response.Content.Headers.LastModified),
            SuggestedName = response.Content.Headers.ContentDisposition is { } disposition ? disposition.FileNameStar ?? disposition.FileName?.Trim('"') : null,
        };
        if (answer.IsUnchanged && isConditional)
            return;
        // An answer to what was not asked: the rest of it is not to be had.
        if (answer.IsUnchanged || (response.StatusCode == HttpStatusCode.PartialContent && message.Headers.Range is null))
            throw new NsToolsException(FailureKind.InvalidData, "DownloadFailed", $"{HttpTransport.NameOf(request.Uri)}: the server answers {(int)response.StatusCode}, which it was not asked for.");
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            if (response.Content.Headers.ContentRange?.Length == partial.Length)
                return;
            StartAnew(partial, hash, ref hashed);
            throw new TransientDownloadException($"{HttpTransport.NameOf(request.Uri)}: what was received earlier does not fit; beginning anew.", TimeSpan.Zero, null);
        }
        if (partial.Length > 0 && !Continues(response, partial.Length))
        {
            request.Notice?.Invoke($"{HttpTransport.NameOf(request.Uri)}: the server does not continue what was received earlier; beginning anew.");
            StartAnew(partial, hash, ref hashed);
        }
        long? total = response.Content.Headers.ContentRange?.Length ?? response.Content.Headers.ContentLength + partial.Length;
        if (request.Size is { } size && total is { } offered && offered != size)
            throw SizeMismatch(request, offered);
        if (total > request.MaximumSize)
            throw TooLarge(request);
        partial.Validator = ValidatorOf(response);
        ReceiveContent(request, transport, response, partial, hash, ref hashed, total, meter, cancellation);
    }

    private static void ReceiveContent(
        DownloadRequest request, HttpTransport transport, HttpResponseMessage response, PartialFile partial, IncrementalHash hash, ref long hashed, long? total, Meter meter, CancellationToken cancellation)
    {
        using Stream content = response.Content.ReadAsStream(cancellation);
        byte[] buffer = new byte[BufferSize];
        while (transport.Read(content, buffer, request.Uri, cancellation) is > 0 and int read)
        {
            if (partial.Length + read > request.MaximumSize)
            {
                partial.Discard();
                throw TooLarge(request);
            }
            if (partial.Length + read > (request.Size ?? long.MaxValue))
                throw SizeMismatch(request, partial.Length + read);
            partial.Append(buffer.AsSpan(0, read));
            hash.AppendData(buffer, 0, read);
            hashed += read;
            meter.Report(partial.Length, read, total);
        }
        if (total is { } expected && partial.Length < expected)
            throw new TransientDownloadException($"{HttpTransport.NameOf(request.Uri)}: the connection ended after {partial.Length:N0} of {expected:N0} bytes.", null, null);
    }

    private static bool AddCondition(HttpRequestMessage message, DownloadValidators? known)
    {
        if (known?.EntityTag is { } tag && EntityTagHeaderValue.TryParse(tag, out EntityTagHeaderValue? condition))
            message.Headers.IfNoneMatch.Add(condition);
        else if (known?.LastModified is { } modified)
            message.Headers.IfModifiedSince = modified;
        else
            return false;
        return true;
    }

    private static bool Continues(HttpResponseMessage response, long from) =>
        response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == from;

    // Only a strong validator vouches for every byte (RFC 9110, 13.1.5).
    private static string? ValidatorOf(HttpResponseMessage response) =>
        response.Headers.ETag is { IsWeak: false } tag
            ? tag.ToString()
            : response.Content.Headers.LastModified?.ToString("r", CultureInfo.InvariantCulture);

    private static void StartAnew(PartialFile partial, IncrementalHash hash, ref long hashed)
    {
        partial.Clear();
        hash.GetHashAndReset();
        hashed = 0;
    }

    private static string Verify(DownloadRequest request, PartialFile partial, IncrementalHash hash)
    {
        if (request.Size is { } size && partial.Length != size)
        {
            NsToolsException failure = SizeMismatch(request, partial.Length);
            partial.Discard();
            throw failure;
        }
        string actual = Convert.ToHexStringLower(hash.GetCurrentHash());
        string? expected = request.Sha256 ?? request.Sha512;
        if (expected is null || expected.Equals(actual, StringComparison.OrdinalIgnoreCase))
            return actual;
        partial.Discard();
        throw new NsToolsException(
            FailureKind.InvalidData,
            "ChecksumMismatch",
            $"{HttpTransport.NameOf(request.Uri)}: the checksum of what was received is {actual}, not {expected.ToLowerInvariant()}. It was thrown away.",
            "Try again, or another mirror; if it happens again, do not trust the source.");
    }

    private static NsToolsException SizeMismatch(DownloadRequest request, long actual) => new(
        FailureKind.InvalidData,
        "SizeMismatch",
        $"{HttpTransport.NameOf(request.Uri)}: it has {actual:N0} bytes or more, not the {request.Size:N0} that it should have.",
        "Try another mirror; this one may be out of date.");

    private static NsToolsException TooLarge(DownloadRequest request) => new(
        FailureKind.LimitExceeded,
        "DownloadTooLarge",
        $"{HttpTransport.NameOf(request.Uri)}: it has more than {request.MaximumSize:N0} bytes, which is what there is room for.",
        "Make room on the disk; a body without end fits on none.");

    /// <summary>Tells how far it has come, not too often.</summary>
    private sealed class Meter(DownloadRequest request)
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private long _received;
        private long _next;

        public void Report(long length, int read, long? total)
        {
            _received += read;
            if (request.Progress is null || Environment.TickCount64 < _next)
                return;
            _next = Environment.TickCount64 + ProgressInterval;
            double seconds = Math.Max(0.001, Stopwatch.GetElapsedTime(_start).TotalSeconds);
            request.Progress(new DownloadProgress(length, total ?? request.Size, _received / seconds));
        }
    }
}
