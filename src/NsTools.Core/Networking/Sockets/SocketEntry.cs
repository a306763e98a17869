using System.Buffers.Binary;
using System.Net;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.SocketDiagnostics;
using static Tmds.Linux.LibC;

namespace NsTools.Networking.Sockets;

/// <summary>A socket as the kernel lists it, with its ends.</summary>
/// <param name="Message">What the kernel said.</param>
internal sealed record SocketEntry(InetDiagnosticsMessage Message)
{
    public IPEndPoint Local { get; } =
        EndPoint(Message.Family, Message.Identity.Source, Message.Identity.SourcePort, Message.Identity.InterfaceIndex);

    public IPEndPoint Remote { get; } =
        EndPoint(Message.Family, Message.Identity.Destination, Message.Identity.DestinationPort, Message.Identity.InterfaceIndex);

    public static SocketEntry Decode(in NetlinkMessage message) => new(message.Header<InetDiagnosticsMessage>());

    private static IPEndPoint EndPoint(byte family, ReadOnlySpan<byte> address, ushort port, uint interfaceIndex)
    {
        IPAddress parsed = family == AF_INET6 ? new IPAddress(address) : new IPAddress(address[..4]);
        // Only a link-local address means another one on each link (RFC 4007).
        if (parsed.IsIPv6LinkLocal && interfaceIndex != 0)
            parsed = new IPAddress(address, interfaceIndex);
        return new IPEndPoint(parsed, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(port) : port);
    }
}
