using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Networking;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using Tmds.Linux;

namespace NsTools.Networking.Probes;

/// <summary>Tests the way to other machines, from this or another network namespace. Equivalent to: <c>ping</c>, <c>nc -z</c>, <c>traceroute -I</c>.</summary>
/// <param name="reference">The network namespace; null for the caller's own.</param>
/// <param name="cancellationToken">Ends it.</param>
public sealed class ConnectionTester(NamespaceReference? reference, CancellationToken cancellationToken)
{
    /// <summary>Tests the way to a machine.</summary>
    /// <param name="request">What to test.</param>
    /// <param name="onHop">Told of each hop of a trace as it is found; null for nobody.</param>
    /// <exception cref="NsToolsException">
    /// The name has no address (<c>NameNotResolved</c>), the namespace cannot be entered, or echo requests are not allowed
    /// (<c>PingNotAllowed</c>). That nothing answers is no exception but a result.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public NetConnectionTest Test(ConnectionTestRequest request, Action<NetTraceHop>? onHop = null)
    {
        using NetworkNamespace here = NetworkNamespace.Open(reference);
        IPAddress[] addresses = Resolve(here.Place, request.ComputerName);
        IPAddress remote = addresses[0];
        (IPAddress? source, string? link) = FindWay(here, remote);
        NetConnectionTest test = new()
        {
            ComputerName = request.ComputerName,
            RemoteAddress = remote,
            NameResolutionResults = [.. addresses],
            SourceAddress = source,
            InterfaceAlias = link,
            RemotePort = request.Port,
            Namespace = reference?.Text,
        };
        if (request.Hops > 0)
            test = test with { TraceRoute = [.. Trace(here.Place, remote, request, onHop)] };
        if (request.Port > 0)
        {
            (TimeSpan? time, NetProbeStatus status) = Connect(here.Place, new IPEndPoint(remote, request.Port), request.Timeout);
            return test with { TcpStatus = status, RoundTripTime = time };
        }
        List<NetPingReply> replies = Ping(here.Place, remote, request);
        return test with { PingReplies = [.. replies], RoundTripTime = replies.Where(reply => reply.Status == NetProbeStatus.Success).Min(reply => reply.RoundTripTime) };
    }

    private IPAddress[] Resolve(NetworkPlace place, string name)
    {
        // The C library's resolver cannot be interrupted: it ends by itself, and nobody waits for it.
        Task<IPAddress[]> resolving = Task.Run(() => place.Run(() => IPAddress.TryParse(name, out IPAddress? address)
            ? [address]
            : Dns.GetHostAddresses(name)));
        try
        {
            resolving.Wait(cancellationToken);
            return resolving.Result is { Length: > 0 } found ? found : throw NotResolved(name, null);
        }
        catch (AggregateException failure) when (failure.InnerException is SocketException or ArgumentException)
        {
            throw NotResolved(name, failure.InnerException);
        }
        catch (AggregateException failure) when (failure.InnerException is NsToolsException or SyscallException)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure.InnerException);
            throw;
        }
    }

    private static NsToolsException NotResolved(string name, Exception? cause) => new(
        FailureKind.NotFound,
        "NameNotResolved",
        $"'{name}' has no address{(cause is null ? "" : $": {cause.Message}")}.",
        "Check the name and /etc/resolv.conf, or give the address.",
        cause);

    private static (IPAddress? Source, string? Link) FindWay(NetworkNamespace here, IPAddress remote)
    {
        try
        {
            NetRoute way = new RouteService(here).Find(remote);
            return (way.PreferredSource, way.InterfaceName);
        }
        // Nothing leads there, or a route that forbids it.
        catch (SyscallException none) when (none.Name is "ENETUNREACH" or "EHOSTUNREACH" or "EACCES" or "EINVAL" or "ENODEV")
        {
            return (null, null);
        }
    }

    private (TimeSpan? Time, NetProbeStatus Status) Connect(NetworkPlace place, IPEndPoint remote, TimeSpan timeout)
    {
        // A socket stays in the namespace that it was made in; connecting may happen on any thread.
        using Socket socket = OpenStream(place, remote.AddressFamily);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        long start = Stopwatch.GetTimestamp();
        try
        {
            socket.ConnectAsync(remote, limit.Token).AsTask().GetAwaiter().GetResult();
            return (Stopwatch.GetElapsedTime(start), NetProbeStatus.Success);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, NetProbeStatus.TimedOut);
        }
        catch (SocketException failure)
        {
            return (null, failure.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => NetProbeStatus.Refused,
                SocketError.TimedOut => NetProbeStatus.TimedOut,
                _ => NetProbeStatus.Unreachable,
            });
        }
    }

    private static Socket OpenStream(NetworkPlace place, AddressFamily family)
    {
        using SafeFileHandle opened = place.OpenSocket(NetlinkValue.ToFamily(family), LibC.SOCK_STREAM, 0);
        SafeSocketHandle handle = new(opened.DangerousGetHandle(), ownsHandle: true);
        // It has one owner from now on.
        opened.SetHandleAsInvalid();
        return new Socket(handle);
    }

    private List<NetPingReply> Ping(NetworkPlace place, IPAddress remote, ConnectionTestRequest request)
    {
        using IcmpSocket? socket = Open(place, remote);
        if (socket is null)
            return [new NetPingReply { SequenceNumber = 1, Status = NetProbeStatus.Unreachable }];
        EchoProber prober = new(socket, cancellationToken);
        List<NetPingReply> replies = [];
        for (int i = 1; i <= request.Count; i++)
        {
            (IPAddress? address, TimeSpan? time, NetProbeStatus status) = prober.Probe(request.Timeout);
            replies.Add(new NetPingReply { SequenceNumber = i, Address = address, RoundTripTime = time, Status = status });
        }
        return replies;
    }

    private List<NetTraceHop> Trace(NetworkPlace place, IPAddress remote, ConnectionTestRequest request, Action<NetTraceHop>? onHop)
    {
        using IcmpSocket? socket = Open(place, remote);
        if (socket is null)
            return [];
        EchoProber prober = new(socket, cancellationToken);
        List<NetTraceHop> hops = [];
        for (int hop = 1; hop <= request.Hops; hop++)
        {
            (IPAddress? address, TimeSpan? time, NetProbeStatus status) = prober.Probe(request.Timeout, hop);
            hops.Add(new NetTraceHop { Hop = hop, Address = address, RoundTripTime = time, Status = status });
            onHop?.Invoke(hops[^1]);
            // A router that is silent is passed by; an end, of whatever sort, is one.
            if (status is not (NetProbeStatus.TimeExceeded or NetProbeStatus.TimedOut))
                break;
        }
        return hops;
    }

    /// <summary>Opens a socket in the namespace; null when nothing leads there.</summary>
    private static IcmpSocket? Open(NetworkPlace place, IPAddress remote)
    {
        try
        {
            return IcmpSocket.Open(remote, place);
        }
        catch (SyscallException refused) when (refused is { Syscall: "socket", Name: "EPERM" or "EACCES" })
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied,
                "PingNotAllowed",
                $"Echo requests may not be sent: {refused.Message}",
                "Let your group have ping sockets (sysctl net.ipv4.ping_group_range='0 2147483647' in that network namespace), run as root, or test a TCP port with -Port.",
                refused);
        }
        catch (SyscallException none) when (EchoProber.IsUnreachable(none))
        {
            return null;
        }
    }
}
