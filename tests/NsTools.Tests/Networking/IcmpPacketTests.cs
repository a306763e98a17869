using System.Buffers.Binary;
using NsTools.Interop.Networking;
using Xunit;

namespace NsTools.Tests.Networking;

/// <summary>What echo sockets receive, sound and damaged: it comes from anybody on the network.</summary>
public sealed class IcmpPacketTests
{
    private const int Rounds = 20_000;
    private const ushort Identifier = 0x1234;
    private const ushort Sequence = 7;
    private const int HostUnreachable = 113;

    [Fact]
    public void An_answer_is_told_from_others()
    {
        byte[] icmp = [0, 0, 0, 0, 0x12, 0x34, 0, 7];
        byte[] raw = [0x46, .. new byte[23], .. icmp];
        Assert.True(IcmpPacket.IsEchoReply(raw, isRaw: true, isIPv6: false, Sequence, Identifier));
        Assert.True(IcmpPacket.IsEchoReply(icmp, isRaw: false, isIPv6: false, Sequence, identifier: 0));
        Assert.False(IcmpPacket.IsEchoReply(raw, isRaw: true, isIPv6: false, Sequence + 1, Identifier));
        Assert.False(IcmpPacket.IsEchoReply(raw, isRaw: true, isIPv6: false, Sequence, Identifier + 1));
        Assert.False(IcmpPacket.IsEchoReply([8, .. icmp[1..]], isRaw: false, isIPv6: false, Sequence, Identifier));
        Assert.True(IcmpPacket.IsEchoReply([129, .. icmp[1..]], isRaw: true, isIPv6: true, Sequence, Identifier));
        // A header that says it is longer than all there is.
        Assert.False(IcmpPacket.IsEchoReply([0x4f, .. raw[1..]], isRaw: true, isIPv6: false, Sequence, Identifier));
        for (int length = 0; length < raw.Length; length++)
            Assert.False(IcmpPacket.IsEchoReply(raw.AsSpan(0, length), isRaw: true, isIPv6: false, Sequence, Identifier));
    }

    [Fact]
    public void An_error_carries_who_said_it()
    {
        IcmpReply reply = IcmpPacket.ParseError(ErrorControl(isIPv6: false, origin: 2, icmpType: 11))!;
        Assert.Equal(("10.1.2.3", HostUnreachable, true), (reply.From.ToString(), reply.Errno, reply.IsTimeExceeded));
        Assert.False(IcmpPacket.ParseError(ErrorControl(isIPv6: false, origin: 2, icmpType: 3))!.IsTimeExceeded);
        // Told by this machine itself, whatever its number is.
        Assert.False(IcmpPacket.ParseError(ErrorControl(isIPv6: false, origin: 1, icmpType: 11))!.IsTimeExceeded);
        reply = IcmpPacket.ParseError(ErrorControl(isIPv6: true, origin: 3, icmpType: 3))!;
        Assert.Equal(("fe80::1%5", true), (reply.From.ToString(), reply.IsTimeExceeded));
        // Another control message before it.
        byte[] other = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(other, 20);
        Assert.NotNull(IcmpPacket.ParseError([.. other, .. ErrorControl(isIPv6: false, origin: 2, icmpType: 11)]));
    }

    [Fact]
    public void Whatever_comes_is_an_answer_or_none()
    {
        byte[][] sound = [ErrorControl(false, 2, 11), ErrorControl(true, 3, 3), [0x45, .. new byte[19], 0, 0, 0, 0, 0x12, 0x34, 0, 7]];
        Random random = new(4711);
        (int errors, int nothing) = (0, 0);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = [.. sound[random.Next(sound.Length)]];
            for (int hits = random.Next(1, 6); hits > 0; hits--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            if (IcmpPacket.ParseError(damaged) is null)
                nothing++;
            else
                errors++;
            _ = IcmpPacket.IsEchoReply(damaged, random.Next(2) == 0, random.Next(2) == 0, Sequence, Identifier);
        }
        Assert.InRange(errors, Rounds / 10, Rounds);
        Assert.InRange(nothing, Rounds / 10, Rounds);
    }

    [Fact]
    public void The_checksum_of_a_packet_with_its_checksum_is_zero()
    {
        byte[] packet = [8, 0, 0, 0, 0x12, 0x34, 0, 7, 0xff, 0xff, 0xab, 0xcd];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), IcmpPacket.Checksum(packet));
        Assert.Equal(0, IcmpPacket.Checksum(packet));
    }

    /// <summary>cmsghdr, sock_extended_err, sockaddr_in or sockaddr_in6.</summary>
    private static byte[] ErrorControl(bool isIPv6, byte origin, byte icmpType)
    {
        byte[] address = isIPv6
            ? [10, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0x80, .. new byte[13], 1, 5, 0, 0, 0]
            : [2, 0, 0, 0, 10, 1, 2, 3, .. new byte[8]];
        byte[] control = new byte[32 + address.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(control, (ulong)control.Length);
        BinaryPrimitives.WriteInt32LittleEndian(control.AsSpan(12), isIPv6 ? IcmpPacket.ReceiveErrors6 : IcmpPacket.ReceiveErrors);
        BinaryPrimitives.WriteInt32LittleEndian(control.AsSpan(16), HostUnreachable);
        (control[20], control[21]) = (origin, icmpType);
        address.CopyTo(control, 32);
        return control;
    }
}
