using NsTools.Interop.Networking;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Netlink;

/// <summary>Listens to what the kernel tells of its own accord: links that come and go, addresses, routes, …</summary>
public sealed class NetlinkSubscription : IDisposable
{
    private readonly NetlinkSocket _socket;

    private NetlinkSubscription(NetlinkSocket socket) => _socket = socket;

    /// <summary>Subscribes, in the network namespace that the opener is in.</summary>
    /// <param name="protocol">The netlink family: see <see cref="NetlinkProtocol"/>.</param>
    /// <param name="groups">Numbers of the groups, such as <c>RTNLGRP_LINK</c>.</param>
    /// <param name="opener">Opens the socket.</param>
    /// <exception cref="SyscallException">The socket cannot be opened, or a group not be listened to.</exception>
    public static NetlinkSubscription Open(int protocol, IReadOnlyList<int> groups, INetworkOpener opener)
    {
        NetlinkSocket socket = NetlinkSocket.Open(protocol, opener);
        try
        {
            socket.EnlargeReceiveBuffer();
            foreach (int group in groups)
                socket.Join(group);
            return new NetlinkSubscription(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Waits for notifications and takes what one datagram brings.</summary>
    /// <typeparam name="T">What each message becomes.</typeparam>
    /// <param name="decode">Makes it of the message.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="lost">True when the kernel had to drop notifications before these (<c>ENOBUFS</c>).</param>
    /// <returns>What came; empty when the time is over.</returns>
    /// <exception cref="SyscallException">A message is malformed, or receiving failed.</exception>
    public IReadOnlyList<T> Receive<T>(NetlinkDecoder<T> decode, TimeSpan timeout, out bool lost) where T : class
    {
        lost = false;
        if (!_socket.Wait(timeout))
            return [];
        List<T> list = [];
        ReadOnlySpan<byte> received;
        try
        {
            received = _socket.Receive(out lost);
        }
        catch (SyscallException overflow) when (overflow.Number == ENOBUFS)
        {
            lost = true;
            return [];
        }
        while (NetlinkMessage.TryRead(ref received, out NetlinkMessage message))
        {
            if (message.Type > NetlinkMessage.Overrun && decode(message) is { } item)
                list.Add(item);
        }
        return list;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
