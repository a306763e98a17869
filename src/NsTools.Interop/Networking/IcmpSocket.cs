using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Networking;

/// <summary>
/// A socket for echo requests (<c>icmp(7)</c>): a ping socket where <c>net.ipv4.ping_group_range</c> allows one, else a
/// raw one, which takes CAP_NET_RAW. Errors of routers come by its error queue (<c>IP_RECVERR</c> in <c>ip(7)</c>).
/// It belongs to the network namespace of the thread that opens it.
/// </summary>
public sealed unsafe class IcmpSocket : IDisposable
{
    // linux/in.h, linux/in6.h, linux/icmp.h, linux/icmpv6.h
    private const int TimeToLive = 2;
    private const int UnicastHops = 16;
    private const byte EchoRequest = 8;
    private const byte EchoRequest6 = 128;
    private const int DataLength = 56;
    private readonly SafeFileHandle _handle;
    private readonly bool _isRaw;
    private readonly bool _isIPv6;
    private readonly ushort _identifier = (ushort)Random.Shared.Next(1, ushort.MaxValue);

    private IcmpSocket(SafeFileHandle handle, bool isRaw, bool isIPv6) => (_handle, _isRaw, _isIPv6) = (handle, isRaw, isIPv6);

    /// <summary>Opens a socket to one address, in the network namespace that the opener is in.</summary>
    /// <param name="remote">The address.</param>
    /// <param name="opener">Opens it.</param>
    /// <exception cref="SyscallException">
    /// <c>EPERM</c>: neither a ping socket nor a raw one is allowed. <c>ENETUNREACH</c>: nothing leads to the address.
    /// </exception>
    public static IcmpSocket Open(IPAddress remote, INetworkOpener opener)
    {
        bool isIPv6 = remote.AddressFamily == AddressFamily.InterNetworkV6;
        int family = isIPv6 ? AF_INET6 : AF_INET;
        int protocol = isIPv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
        bool isRaw = false;
        SafeFileHandle descriptor;
        try
        {
            descriptor = opener.OpenSocket(family, SOCK_DGRAM, protocol);
        }
        // EACCES: the group is not in the range; EPROTONOSUPPORT: the kernel has none at all.
        catch (SyscallException first) when (first.Syscall == "socket")
        {
            isRaw = true;
            descriptor = OpenRaw(opener, family, protocol);
        }
        IcmpSocket opened = new(descriptor, isRaw, isIPv6);
        try
        {
            opened.SetOption(isIPv6 ? IcmpPacket.ReceiveErrors6 : IcmpPacket.ReceiveErrors, 1);
            SocketAddress address = new IPEndPoint(remote, 0).Serialize();
            fixed (byte* bytes = address.Buffer.Span[..address.Size])
            {
                if (connect(opened.Number, (sockaddr*)bytes, address.Size) < 0)
                    throw SyscallException.FromLastError("connect", remote.ToString());
            }
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Sends an echo request.</summary>
    /// <param name="sequence">Its number, which the answer carries.</param>
    /// <param name="hops">After how many routers it is to be dropped; 0 for the system's default.</param>
    /// <exception cref="SyscallException">It could not be sent, or an earlier one's error is told now.</exception>
    public void Send(ushort sequence, int hops = 0)
    {
        if (hops > 0)
            SetOption(_isIPv6 ? UnicastHops : TimeToLive, hops);
        Span<byte> packet = stackalloc byte[IcmpPacket.HeaderLength + DataLength];
        packet.Clear();
        packet[0] = _isIPv6 ? EchoRequest6 : EchoRequest;
        // A ping socket puts its own identifier, and the kernel the checksum, but for raw IPv4.
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], _identifier);
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], sequence);
        if (!_isIPv6)
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], IcmpPacket.Checksum(packet));
        fixed (byte* bytes = packet)
        {
            while ((long)send(Number, bytes, packet.Length, 0) < 0)
            {
                if (errno != EINTR)
                    throw SyscallException.FromLastError("send", "ICMP");
            }
        }
    }

    /// <summary>Waits for what comes back of a request; what is of others is passed over.</summary>
    /// <param name="sequence">The request's number.</param>
    /// <param name="timeout">How long to wait for the next packet at most.</param>
    /// <returns>The answer; null when none of this request came in this time (it may still come).</returns>
    /// <exception cref="SyscallException">The socket failed.</exception>
    public IcmpReply? Receive(ushort sequence, TimeSpan timeout)
    {
        pollfd poller = new() { fd = Number, events = POLLIN };
        int ready = poll(&poller, 1, (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue));
        if (ready < 0 && errno != EINTR)
            throw SyscallException.FromLastError("poll", "ICMP");
        if (ready <= 0)
            return null;
        // The queue first: reading the socket would tell the same error without who said it.
        return ReceiveError(sequence) ?? ReceiveEcho(sequence);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private int Number
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return (int)_handle.DangerousGetHandle();
        }
    }

    private static SafeFileHandle OpenRaw(INetworkOpener opener, int family, int protocol)
    {
        try
        {
            return opener.OpenSocket(family, SOCK_RAW, protocol);
        }
        catch (SyscallException refused) when (refused.Syscall == "socket")
        {
            throw new SyscallException("socket", refused.Number, "ICMP", "neither a ping socket (net.ipv4.ping_group_range) nor a raw one (CAP_NET_RAW) is allowed");
        }
    }

    private IcmpReply? ReceiveEcho(ushort sequence)
    {
        Span<byte> buffer = stackalloc byte[2048];
        InternetAddress sender = default;
        socklen_t senderLength = sizeof(InternetAddress);
        long length;
        fixed (byte* bytes = buffer)
            length = (long)recvfrom(Number, bytes, buffer.Length, MSG_DONTWAIT, (sockaddr*)&sender, &senderLength);
        if (length < 0)
            return null;
        return IcmpPacket.IsEchoReply(buffer[..(int)length], _isRaw, _isIPv6, sequence, _identifier) ? new IcmpReply(sender.ToIPAddress(), 0, false) : null;
    }

    private IcmpReply? ReceiveError(ushort sequence)
    {
        byte* data = stackalloc byte[2048];
        byte* control = stackalloc byte[512];
        iovec vector = new() { iov_base = data, iov_len = 2048 };
        msghdr message = new() { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = 512 };
        long length = (long)recvmsg(Number, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
        // What comes back is what was sent, without the IP header.
        if (length < 0 || !IcmpPacket.IsOurs(new ReadOnlySpan<byte>(data, (int)Math.Min(length, 2048)), sequence, _isRaw ? _identifier : null))
            return null;
        // The socket keeps the error too, and would give it to the next request.
        int pending;
        socklen_t size = sizeof(int);
        _ = getsockopt(Number, SOL_SOCKET, SO_ERROR, &pending, &size);
        return IcmpPacket.ParseError(new ReadOnlySpan<byte>(control, (int)(ulong)message.msg_controllen));
    }

    private void SetOption(int option, int value)
    {
        if (setsockopt(Number, _isIPv6 ? IPPROTO_IPV6 : IPPROTO_IP, option, &value, sizeof(int)) < 0)
            throw SyscallException.FromLastError("setsockopt", "ICMP");
    }
}
