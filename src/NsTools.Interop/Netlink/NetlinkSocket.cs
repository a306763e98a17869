using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Networking;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Netlink;

/// <summary>
/// A netlink socket. It belongs for life to the network namespace of the thread that opened it, whatever thread uses
/// it: open it on a <see cref="Processes.NamespaceThread"/> to work in another namespace.
/// </summary>
public sealed class NetlinkSocket : INetlinkChannel
{
    // include/uapi/linux/netlink.h
    private const int AddMembershipOption = 1;
    private const int CapAckOption = 10;
    private const int ExtendedAckOption = 11;
    private const int StrictCheckOption = 12;

    // Dumps come in datagrams of up to 32 KiB, larger only for one object that takes more.
    private const int InitialBufferLength = 64 * 1024;
    private const int WantedReceiveBuffer = 4 * 1024 * 1024;
    private readonly SafeFileHandle _handle;
    private byte[] _buffer = new byte[InitialBufferLength];

    private NetlinkSocket(SafeFileHandle handle) => _handle = handle;

    /// <summary>Opens a socket in the calling thread's network namespace.</summary>
    /// <param name="protocol">The netlink family: see <see cref="NetlinkProtocol"/>.</param>
    /// <exception cref="SyscallException">
    /// <c>EPROTONOSUPPORT</c>: the kernel lacks the family. <c>EMFILE</c>: too many open descriptors.
    /// </exception>
    public static NetlinkSocket Open(int protocol) => Open(protocol, new DirectOpener());

    /// <summary>Opens a socket where the opener is.</summary>
    /// <param name="protocol">The netlink family: see <see cref="NetlinkProtocol"/>.</param>
    /// <param name="opener">Opens it.</param>
    /// <inheritdoc cref="Open(int)" path="/exception"/>
    public static unsafe NetlinkSocket Open(int protocol, INetworkOpener opener)
    {
        NetlinkSocket opened = new(opener.OpenSocket(AF_NETLINK, SOCK_RAW, protocol));
        try
        {
            // Port 0: the kernel chooses one that is free.
            SocketAddress address = new() { Family = (ushort)AF_NETLINK };
            if (bind(opened.Number, (sockaddr*)&address, sizeof(SocketAddress)) < 0)
                throw SyscallException.FromLastError("bind", "AF_NETLINK");
            // Kernels before 4.12, 4.3 and 4.20 lack these; without them errors come without words, or repeat the
            // request, or a filter is ignored. None of that is fatal.
            opened.TrySetOption(SOL_NETLINK, ExtendedAckOption, 1);
            opened.TrySetOption(SOL_NETLINK, CapAckOption, 1);
            opened.TrySetOption(SOL_NETLINK, StrictCheckOption, 1);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Subscribes to a group of notifications (<c>NETLINK_ADD_MEMBERSHIP</c>).</summary>
    /// <param name="group">The group's number, such as <c>RTNLGRP_LINK</c>.</param>
    /// <exception cref="SyscallException">There is no such group, or the caller may not listen to it.</exception>
    public void Join(int group)
    {
        if (!TrySetOption(SOL_NETLINK, AddMembershipOption, group))
            throw SyscallException.FromLastError("setsockopt", $"NETLINK_ADD_MEMBERSHIP {group}");
    }

    /// <summary>Asks for room for bursts of notifications: 4 MiB, or what an ordinary user may have.</summary>
    public void EnlargeReceiveBuffer()
    {
        if (!TrySetOption(SOL_SOCKET, SO_RCVBUFFORCE, WantedReceiveBuffer))
            TrySetOption(SOL_SOCKET, SO_RCVBUF, WantedReceiveBuffer);
    }

    /// <summary>Waits until something can be received.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>False when the time is over, or a signal came.</returns>
    /// <exception cref="SyscallException"><c>poll</c> failed.</exception>
    public unsafe bool Wait(TimeSpan timeout)
    {
        pollfd poller = new() { fd = Number, events = POLLIN };
        int ready = poll(&poller, 1, (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue));
        if (ready < 0 && errno != EINTR)
            throw SyscallException.FromLastError("poll", "netlink");
        return ready > 0;
    }

    /// <inheritdoc/>
    public unsafe void Send(ReadOnlySpan<byte> datagram)
    {
        SocketAddress kernel = new() { Family = (ushort)AF_NETLINK };
        fixed (byte* data = datagram)
        {
            while ((long)sendto(Number, data, datagram.Length, 0, (sockaddr*)&kernel, sizeof(SocketAddress)) < 0)
            {
                if (errno != EINTR)
                    throw SyscallException.FromLastError("sendto", "netlink");
            }
        }
    }

    /// <inheritdoc/>
    public unsafe ReadOnlySpan<byte> Receive(out bool truncated)
    {
        while (true)
        {
            SocketAddress sender = default;
            socklen_t senderLength = sizeof(SocketAddress);
            long length;
            fixed (byte* buffer = _buffer)
                length = (long)recvfrom(Number, buffer, _buffer.Length, MSG_TRUNC, (sockaddr*)&sender, &senderLength);
            if (length < 0)
            {
                if (errno == EINTR)
                    continue;
                throw SyscallException.FromLastError("recvfrom", "netlink");
            }
            // Only the kernel has port 0; other processes may send to our port too (netlink(7)).
            if (sender.PortId != 0)
                continue;
            truncated = length > _buffer.Length;
            if (!truncated)
                return _buffer.AsSpan(0, (int)length);
            _buffer = new byte[length];
            return [];
        }
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

    private unsafe bool TrySetOption(int level, int option, int value) =>
        setsockopt(Number, level, option, &value, sizeof(int)) == 0;

    /// <summary><c>struct sockaddr_nl</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SocketAddress
    {
        public ushort Family;
        public ushort Padding;
        public uint PortId;
        public uint Groups;
    }
}
