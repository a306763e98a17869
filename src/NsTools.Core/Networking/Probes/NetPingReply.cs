using System.Net;

namespace NsTools;

/// <summary>What came of one echo request.</summary>
public sealed record NetPingReply
{
    /// <summary>Its number, from 1.</summary>
    public required int SequenceNumber { get; init; }

    /// <summary>Who answered; null when nobody did.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>From sending to the answer; null when nobody answered.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>How it ended.</summary>
    public required NetProbeStatus Status { get; init; }

    /// <inheritdoc/>
    public override string ToString() => RoundTripTime is { } time ? $"{Status} {time.TotalMilliseconds:0.000} ms" : $"{Status}";
}
