using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>Addresses between rtnetlink's form and .NET's.</summary>
internal static class NetlinkValue
{
    /// <summary>An address of 4 or 16 bytes; a link-local one gets its link as scope, without which it means nothing.</summary>
    /// <exception cref="SyscallException"><c>EBADMSG</c>: of another length.</exception>
    public static IPAddress ToIPAddress(ReadOnlySpan<byte> bytes, int interfaceIndex = 0)
    {
        if (bytes.Length is not (4 or 16))
            throw new SyscallException("recvfrom", EBADMSG, "netlink", $"the message is malformed: an address of {bytes.Length} bytes");
        IPAddress address = new(bytes);
        if (address.IsIPv6LinkLocal && interfaceIndex > 0)
            address.ScopeId = interfaceIndex;
        return address;
    }

    /// <summary>A hardware address; null for one of no bytes.</summary>
    public static PhysicalAddress? ToPhysicalAddress(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? null : new PhysicalAddress(bytes.ToArray());

    /// <summary>The kernel's number of an address family; 0 for any.</summary>
    public static byte ToFamily(AddressFamily? family) => family switch
    {
        AddressFamily.InterNetwork => (byte)AF_INET,
        AddressFamily.InterNetworkV6 => (byte)AF_INET6,
        _ => 0,
    };

    /// <summary>The unspecified address of a kernel's address family.</summary>
    public static IPAddress Any(byte family) => family == AF_INET6 ? IPAddress.IPv6Any : IPAddress.Any;
}
