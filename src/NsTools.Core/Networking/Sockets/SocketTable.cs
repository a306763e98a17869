using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.SocketDiagnostics;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using static Tmds.Linux.LibC;

namespace NsTools.Networking.Sockets;

/// <summary>The sockets of a network namespace, from the kernel's own list (<c>sock_diag(7)</c>). Equivalent to: <c>ss -tuanp</c>.</summary>
public static class SocketTable
{
    // include/net/tcp_states.h: TCP_NEW_SYN_RECV is SYN_RECV of a listener's queue.
    private const int NewSynReceived = 12;
    private const uint AllStates = ~0u;

    /// <summary>The TCP sockets, of IPv4 and IPv6.</summary>
    /// <param name="reference">The network namespace; null for the caller's own.</param>
    /// <param name="states">Only these states, told by the kernel already; none for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="NsToolsException">There is no such namespace, or the caller may not enter it.</exception>
    /// <exception cref="SyscallException">The kernel refuses the list.</exception>
    public static IReadOnlyList<NetTcpConnection> ReadTcp(
        NamespaceReference? reference, IReadOnlyCollection<NetTcpState> states, CancellationToken cancellationToken)
    {
        uint mask = states.Count == 0 ? AllStates : states.Aggregate(0u, (bits, state) => bits | Bits(state));
        string? place = reference?.Text;
        return Read(reference, IPPROTO_TCP, mask, (entry, owners) => new NetTcpConnection
        {
            LocalAddress = entry.Local.Address,
            LocalPort = entry.Local.Port,
            RemoteAddress = entry.Remote.Address,
            RemotePort = entry.Remote.Port,
            State = StateOf(entry.Message),
            OwningProcess = owners.Of(entry.Message.Inode),
            UserId = entry.Message.UserId,
            ReceiveQueue = entry.Message.ReceiveQueue,
            SendQueue = entry.Message.SendQueue,
            InterfaceIndex = (int)entry.Message.Identity.InterfaceIndex,
            Inode = entry.Message.Inode,
            Namespace = place,
        }, cancellationToken);
    }

    /// <summary>The UDP sockets that have a port, of IPv4 and IPv6.</summary>
    /// <inheritdoc cref="ReadTcp"/>
    public static IReadOnlyList<NetUdpEndpoint> ReadUdp(NamespaceReference? reference, CancellationToken cancellationToken)
    {
        string? place = reference?.Text;
        return Read(reference, IPPROTO_UDP, AllStates, (entry, owners) => new NetUdpEndpoint
        {
            LocalAddress = entry.Local.Address,
            LocalPort = entry.Local.Port,
            RemoteAddress = entry.Remote.Address,
            RemotePort = entry.Remote.Port,
            OwningProcess = owners.Of(entry.Message.Inode),
            UserId = entry.Message.UserId,
            ReceiveQueue = entry.Message.ReceiveQueue,
            SendQueue = entry.Message.SendQueue,
            InterfaceIndex = (int)entry.Message.Identity.InterfaceIndex,
            Inode = entry.Message.Inode,
            Namespace = place,
        }, cancellationToken);
    }

    private static List<T> Read<T>(
        NamespaceReference? reference, int protocol, uint states, Func<SocketEntry, SocketOwners, T> describe, CancellationToken cancellationToken)
    {
        List<SocketEntry> entries = [];
        using (NetworkPlace place = NetworkPlace.Open(reference))
        using (NetlinkConnection connection = NetlinkConnection.Open(NetlinkProtocol.SocketDiagnostics, place))
        {
            foreach (int family in (ReadOnlySpan<int>)[AF_INET, AF_INET6])
            {
                InetDiagnosticsRequest header = new() { Family = (byte)family, Protocol = (byte)protocol, States = states };
                NetlinkRequest request = new NetlinkRequest(InetDiagnosticsRequest.Operation, NetlinkFlags.None, family == AF_INET ? "AF_INET" : "AF_INET6").Header(header);
                try
                {
                    entries.AddRange(connection.Dump(request, SocketEntry.Decode, cancellationToken));
                }
                // Where IPv6 is switched off there is nothing to list.
                catch (SyscallException absent) when (family == AF_INET6 && absent.Name is "ENOENT" or "EAFNOSUPPORT")
                {
                }
            }
        }
        // After the list: a socket that was opened meanwhile is in neither, one that was listed is still looked for.
        SocketOwners owners = SocketOwners.Scan(cancellationToken);
        return [.. entries.Select(entry => describe(entry, owners))];
    }

    private static uint Bits(NetTcpState state) => state == NetTcpState.SynReceived
        ? (1u << (int)state) | (1u << NewSynReceived)
        : 1u << (int)state;

    private static NetTcpState StateOf(in InetDiagnosticsMessage message) => message.State switch
    {
        NewSynReceived => NetTcpState.SynReceived,
        // The kernel tells a bound socket's state as CLOSE; one that is closed indeed has no port.
        (byte)NetTcpState.Closed when message.Identity.SourcePort != 0 => NetTcpState.Bound,
        _ => (NetTcpState)message.State,
    };
}
