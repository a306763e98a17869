using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.SocketDiagnostics;

/// <summary><c>struct inet_diag_sockid</c> (<c>include/uapi/linux/inet_diag.h</c>): between what and what a socket is.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InetSocketIdentity
{
    /// <summary>Local port, in network order.</summary>
    public ushort SourcePort;

    /// <summary>Remote port, in network order; 0 when not connected.</summary>
    public ushort DestinationPort;

    /// <summary>Local address; an IPv4 one is the first four bytes.</summary>
    public AddressBytes Source;

    /// <summary>Remote address; an IPv4 one is the first four bytes.</summary>
    public AddressBytes Destination;

    /// <summary>Index of the link that it is bound to; 0 for none.</summary>
    public uint InterfaceIndex;

    /// <summary>The kernel's own number of the socket, lower half.</summary>
    public uint CookieLow;

    /// <summary>The kernel's own number of the socket, upper half.</summary>
    public uint CookieHigh;

    /// <summary>Room for an address of either family.</summary>
    [InlineArray(16)]
    public struct AddressBytes
    {
        private byte _first;
    }
}
