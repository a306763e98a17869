using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Networking;

/// <summary><c>struct sockaddr_in6</c>; a <c>sockaddr_in</c> is its beginning.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InternetAddress
{
    public ushort Family;
    public ushort Port;
    public uint FlowOrIPv4;
    public ulong High;
    public ulong Low;
    public uint Scope;

    public readonly IPAddress ToIPAddress()
    {
        if (Family != AF_INET6)
            return new IPAddress(FlowOrIPv4);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, High);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Low);
        IPAddress address = new(bytes);
        return address.IsIPv6LinkLocal ? new IPAddress(bytes, Scope) : address;
    }
}
