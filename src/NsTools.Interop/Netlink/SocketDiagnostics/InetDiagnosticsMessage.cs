using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.SocketDiagnostics;

/// <summary><c>struct inet_diag_msg</c> (<c>sock_diag(7)</c>): one socket.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InetDiagnosticsMessage
{
    /// <summary><c>AF_INET</c> or <c>AF_INET6</c>.</summary>
    public byte Family;

    /// <summary>State: the numbers of <c>include/net/tcp_states.h</c>, for UDP too.</summary>
    public byte State;

    /// <summary>Which timer runs.</summary>
    public byte Timer;

    /// <summary>Retransmissions so far.</summary>
    public byte Retransmissions;

    /// <summary>Its ends.</summary>
    public InetSocketIdentity Identity;

    /// <summary>Milliseconds until the timer ends.</summary>
    public uint Expires;

    /// <summary>Bytes received and not read; of a listener the connections that wait.</summary>
    public uint ReceiveQueue;

    /// <summary>Bytes sent and not acknowledged; of a listener how many connections may wait.</summary>
    public uint SendQueue;

    /// <summary>User ID of the owner, in the caller's user namespace.</summary>
    public uint UserId;

    /// <summary>Inode in sockfs, as in <c>/proc/PID/fd</c>; 0 when no descriptor is open on it any more.</summary>
    public uint Inode;
}
