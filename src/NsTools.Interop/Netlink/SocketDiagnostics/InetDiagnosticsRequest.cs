using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.SocketDiagnostics;

/// <summary><c>struct inet_diag_req_v2</c> (<c>sock_diag(7)</c>): which sockets to list.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InetDiagnosticsRequest
{
    /// <summary><c>SOCK_DIAG_BY_FAMILY</c>: the one request of the netlink family.</summary>
    public static readonly NetlinkOperation Operation = new(20, "SOCK_DIAG_BY_FAMILY");

    /// <summary><c>AF_INET</c> or <c>AF_INET6</c>.</summary>
    public byte Family;

    /// <summary><c>IPPROTO_TCP</c> or <c>IPPROTO_UDP</c>.</summary>
    public byte Protocol;

    /// <summary>Further information to send, a bit each.</summary>
    public byte Extensions;

    /// <summary>Unused.</summary>
    public byte Padding;

    /// <summary>States to list, bit <c>1 &lt;&lt; state</c> for each.</summary>
    public uint States;

    /// <summary>For one socket only; zero in a dump.</summary>
    public InetSocketIdentity Identity;
}
