using System.Net;

namespace NsTools;

/// <summary>A step on the way to another machine.</summary>
public sealed record NetTraceHop
{
    /// <summary>Its number, from 1.</summary>
    public required int Hop { get; init; }

    /// <summary>The router, or at the end the other machine; null when nobody answered.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>From sending to the answer; null when nobody answered.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>How it ended: <see cref="NetProbeStatus.TimeExceeded"/> for a router, <see cref="NetProbeStatus.Success"/> for the end.</summary>
    public required NetProbeStatus Status { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Address?.ToString() ?? "*";
}
