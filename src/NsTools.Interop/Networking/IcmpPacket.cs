using System.Buffers.Binary;

namespace NsTools.Interop.Networking;

/// <summary>Reads what an <see cref="IcmpSocket"/> receives: anybody on the network may have sent it. Each length is checked.</summary>
internal static class IcmpPacket
{
    /// <summary><c>IP_RECVERR</c> (linux/in.h).</summary>
    public const int ReceiveErrors = 11;

    /// <summary><c>IPV6_RECVERR</c> (linux/in6.h).</summary>
    public const int ReceiveErrors6 = 25;

    /// <summary>Bytes of <c>struct icmphdr</c>, as of <c>struct icmp6hdr</c>.</summary>
    public const int HeaderLength = 8;

    // linux/errqueue.h, linux/icmp.h, linux/icmpv6.h
    private const byte OriginIcmp = 2;
    private const byte OriginIcmp6 = 3;
    private const byte TimeExceeded = 11;
    private const byte TimeExceeded6 = 3;
    private const byte EchoReply = 0;
    private const byte EchoReply6 = 129;

    /// <summary>True for the answer to one request.</summary>
    /// <param name="packet">What was received.</param>
    /// <param name="isRaw">By a raw socket.</param>
    /// <param name="isIPv6">Over IPv6.</param>
    /// <param name="sequence">The request's number.</param>
    /// <param name="identifier">The sender's number; a ping socket has looked at it already.</param>
    public static bool IsEchoReply(ReadOnlySpan<byte> packet, bool isRaw, bool isIPv6, ushort sequence, ushort identifier)
    {
        // A raw IPv4 socket gives the IP header too (raw(7)); its length is in its first byte, in words.
        if (isRaw && !isIPv6)
            packet = packet.IsEmpty || (packet[0] & 0xf) * 4 > packet.Length ? [] : packet[((packet[0] & 0xf) * 4)..];
        return packet.Length >= HeaderLength && packet[0] == (isIPv6 ? EchoReply6 : EchoReply) && IsOurs(packet, sequence, isRaw ? identifier : null);
    }

    /// <summary>True for a packet with these numbers.</summary>
    /// <param name="packet">From the ICMP header on.</param>
    /// <param name="sequence">The request's number.</param>
    /// <param name="identifier">The sender's number; null for any.</param>
    public static bool IsOurs(ReadOnlySpan<byte> packet, ushort sequence, ushort? identifier) =>
        packet.Length >= HeaderLength
        && BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) == sequence
        && (identifier is null || BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) == identifier);

    /// <summary>Reads <c>struct sock_extended_err</c> and the address after it out of the control messages (<c>cmsg(3)</c>).</summary>
    /// <param name="control">The control messages.</param>
    /// <returns>The error; null where there is none.</returns>
    public static unsafe IcmpReply? ParseError(ReadOnlySpan<byte> control)
    {
        const int ControlHeader = 16;
        const int ErrorLength = 16;
        while (control.Length >= ControlHeader)
        {
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(control);
            if (length < ControlHeader || length > (ulong)control.Length)
                return null;
            int type = BinaryPrimitives.ReadInt32LittleEndian(control[12..]);
            ReadOnlySpan<byte> body = control[ControlHeader..(int)length];
            if (type is ReceiveErrors or ReceiveErrors6 && body.Length >= ErrorLength)
            {
                int error = BinaryPrimitives.ReadInt32LittleEndian(body);
                (byte origin, byte icmpType) = (body[4], body[5]);
                // sockaddr_in, or sockaddr_in6: shorter both than the structure with its padding.
                InternetAddress offender = default;
                ReadOnlySpan<byte> address = body[ErrorLength..];
                address[..Math.Min(address.Length, sizeof(InternetAddress))].CopyTo(new Span<byte>(&offender, sizeof(InternetAddress)));
                bool exceeded = (origin == OriginIcmp && icmpType == TimeExceeded) || (origin == OriginIcmp6 && icmpType == TimeExceeded6);
                return new IcmpReply(offender.ToIPAddress(), error, exceeded);
            }
            control = control[Math.Min(((int)length + 7) & ~7, control.Length)..];
        }
        return null;
    }

    /// <summary>The checksum of RFC 1071.</summary>
    public static ushort Checksum(ReadOnlySpan<byte> packet)
    {
        uint sum = 0;
        for (int i = 0; i < packet.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(packet[i..]);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~((sum & 0xffff) + (sum >> 16));
    }
}
