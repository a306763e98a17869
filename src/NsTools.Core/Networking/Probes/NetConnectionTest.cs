using System.Collections.ObjectModel;
using System.Net;

namespace NsTools;

/// <summary>What a test of the way to another machine found.</summary>
public sealed record NetConnectionTest
{
    /// <summary>The name or address that was given.</summary>
    public required string ComputerName { get; init; }

    /// <summary>The address that was tested.</summary>
    public required IPAddress RemoteAddress { get; init; }

    /// <summary>The TCP port that was tested; 0 when none was.</summary>
    public int RemotePort { get; init; }

    /// <summary>All addresses of the name; the address itself where one was given.</summary>
    public required ReadOnlyCollection<IPAddress> NameResolutionResults { get; init; }

    /// <summary>The address that packets there come from; null when nothing leads there.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>The link that packets there leave by; null when nothing leads there.</summary>
    public string? InterfaceAlias { get; init; }

    /// <summary>True when an echo request was answered; null when none was sent, as for a test of a TCP port.</summary>
    public bool? PingSucceeded => PingReplies.Count == 0 ? null : PingReplies.Any(reply => reply.Status == NetProbeStatus.Success);

    /// <summary>What came of each echo request.</summary>
    public ReadOnlyCollection<NetPingReply> PingReplies { get; init; } = [];

    /// <summary>True when the TCP port took the connection; null when none was tested.</summary>
    public bool? TcpTestSucceeded => TcpStatus is null ? null : TcpStatus == NetProbeStatus.Success;

    /// <summary>How the test of the TCP port ended; null when none was tested.</summary>
    public NetProbeStatus? TcpStatus { get; init; }

    /// <summary>The shortest time of an answer, or how long it took to connect; null when it failed.</summary>
    public TimeSpan? RoundTripTime { get; init; }

    /// <summary>The way there; empty when it was not asked for.</summary>
    public ReadOnlyCollection<NetTraceHop> TraceRoute { get; init; } = [];

    /// <summary>True when what was tested works.</summary>
    public bool Succeeded => TcpTestSucceeded ?? PingSucceeded ?? (TraceRoute.Count > 0 && TraceRoute[^1].Status == NetProbeStatus.Success);

    /// <summary>Names the network namespace it was tested from, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{ComputerName}: {(Succeeded ? "succeeded" : "failed")}";
}
