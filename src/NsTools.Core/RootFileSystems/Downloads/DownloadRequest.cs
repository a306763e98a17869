using System.Net;

namespace NsTools.RootFileSystems.Downloads;

/// <summary>What to download, and where to.</summary>
public sealed record DownloadRequest
{
    /// <summary>Where it is.</summary>
    public required Uri Uri { get; init; }

    /// <summary>Absolute path of the file to make.</summary>
    public required string Destination { get; init; }

    /// <summary>SHA-256 that it must have, in hexadecimal; null where unknown.</summary>
    public string? Sha256 { get; init; }

    /// <summary>SHA-512 that it must have, in hexadecimal; null where unknown. Used where there is no SHA-256.</summary>
    public string? Sha512 { get; init; }

    /// <summary>Size that it must have, in bytes; null where unknown.</summary>
    public long? Size { get; init; }

    /// <summary>Most bytes that are taken, in bytes; null for no limit.</summary>
    public long? MaximumSize { get; init; }

    /// <summary>What the server is to know the caller by (RFC 7617, Basic); never sent to another one that it points to. Null for nothing.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>What the server said of it when it was last downloaded: where it is still that, nothing is. Null downloads it in any case.</summary>
    public DownloadValidators? Known { get; init; }

    /// <summary>True replaces a file that is there already.</summary>
    public bool Overwrites { get; init; }

    /// <summary>Called now and then, on the calling thread.</summary>
    public Action<DownloadProgress>? Progress { get; init; }

    /// <summary>Called when it is tried again, or begun anew, with why; on the calling thread.</summary>
    public Action<string>? Notice { get; init; }
}

/// <summary>How far a download has come.</summary>
/// <param name="Received">Bytes that are there, those of an earlier try included.</param>
/// <param name="Total">Bytes in all; null where unknown.</param>
/// <param name="BytesPerSecond">How fast they come.</param>
public readonly record struct DownloadProgress(long Received, long? Total, double BytesPerSecond);
