using System.Diagnostics;
using System.Net;
using NsTools.Interop.Networking;
using NsTools.Interop.Syscalls;

namespace NsTools.Networking.Probes;

/// <summary>Sends echo requests to one address and waits for what comes back.</summary>
/// <param name="socket">The socket; opened in the network namespace that is meant.</param>
/// <param name="cancellationToken">Ends the wait.</param>
internal sealed class EchoProber(IcmpSocket socket, CancellationToken cancellationToken)
{
    // How long Ctrl+C may go unnoticed.
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(100);
    private ushort _sequence;

    /// <summary>Sends one and waits.</summary>
    /// <param name="timeout">How long.</param>
    /// <param name="hops">After how many routers it is to be dropped; 0 for the system's default.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public (IPAddress? Address, TimeSpan? Time, NetProbeStatus Status) Probe(TimeSpan timeout, int hops = 0)
    {
        ushort sequence = ++_sequence;
        long start = Stopwatch.GetTimestamp();
        try
        {
            socket.Send(sequence, hops);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                    return (null, null, NetProbeStatus.TimedOut);
                if (socket.Receive(sequence, left < s_slice ? left : s_slice) is { } reply)
                    return (reply.From, Stopwatch.GetElapsedTime(start), StatusOf(reply));
            }
        }
        // Told by this machine itself: no route, a firewall here.
        catch (SyscallException local) when (IsUnreachable(local))
        {
            return (null, null, NetProbeStatus.Unreachable);
        }
    }

    /// <summary>Whether a failure only says that nothing leads there.</summary>
    public static bool IsUnreachable(SyscallException failure) =>
        failure.Syscall is "connect" or "send" && failure.Name is "ENETUNREACH" or "EHOSTUNREACH" or "EPERM" or "EACCES" or "ENETDOWN" or "EADDRNOTAVAIL" or "EINVAL";

    private static NetProbeStatus StatusOf(IcmpReply reply) => reply switch
    {
        { Errno: 0 } => NetProbeStatus.Success,
        { IsTimeExceeded: true } => NetProbeStatus.TimeExceeded,
        _ when Errno.Name(reply.Errno) == "ECONNREFUSED" => NetProbeStatus.Refused,
        _ => NetProbeStatus.Unreachable,
    };
}
