using Microsoft.Win32.SafeHandles;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>Unix sockets that carry messages and descriptors (<c>unix(7)</c>).</summary>
public static unsafe class UnixSocket
{
    /// <summary>Makes a pair of connected Unix sockets, close-on-exec (<c>socketpair(2)</c>).</summary>
    /// <param name="type"><c>SOCK_SEQPACKET</c> or another type.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static (SafeFileHandle First, SafeFileHandle Second) Pair(int type)
    {
        int* pair = stackalloc int[2];
        if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0)
            throw SyscallException.FromLastError("socketpair");
        return (new SafeFileHandle(pair[0], true), new SafeFileHandle(pair[1], true));
    }

    /// <summary>Sends a message and, where one is given, a descriptor with it (<c>SCM_RIGHTS</c>, <c>unix(7)</c>).</summary>
    /// <param name="socket">A Unix socket.</param>
    /// <param name="message">The message, not empty.</param>
    /// <param name="passed">The descriptor to pass; negative for none.</param>
    /// <returns>False when the peer is gone.</returns>
    /// <exception cref="SyscallException">It failed otherwise.</exception>
    public static bool Send(int socket, ReadOnlySpan<byte> message, int passed = -1)
    {
        byte* control = stackalloc byte[64];
        fixed (byte* data = message)
        {
            var part = new iovec { iov_base = data, iov_len = message.Length };
            var header = new msghdr { msg_iov = &part, msg_iovlen = 1 };
            if (passed >= 0)
            {
                header.msg_control = control;
                header.msg_controllen = CMSG_SPACE(sizeof(int));
                cmsghdr* item = CMSG_FIRSTHDR(&header);
                item->cmsg_level = SOL_SOCKET;
                item->cmsg_type = SCM_RIGHTS;
                // cmsg(3): without padding. Tmds.LibC's CMSG_LEN counts it in, and the kernel takes the padding for a
                // second descriptor, number 0, which nobody would close.
                item->cmsg_len = sizeof(cmsghdr) + sizeof(int);
                *(int*)CMSG_DATA(item) = passed;
            }
            while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0)
            {
                int error = errno;
                if (error == EPIPE || error == ECONNRESET)
                    return false;
                if (error != EINTR)
                    throw new SyscallException("sendmsg", error);
            }
            return true;
        }
    }

    /// <summary>Receives a message and the descriptor that comes with it, if one does; that is close-on-exec.</summary>
    /// <param name="socket">A Unix socket.</param>
    /// <param name="buffer">Where the message goes.</param>
    /// <param name="passed">The descriptor that came along; null for none.</param>
    /// <returns>The message's length; 0 when the peer is gone.</returns>
    /// <exception cref="SyscallException">It failed.</exception>
    public static int Receive(int socket, Span<byte> buffer, out SafeFileHandle? passed)
    {
        passed = null;
        byte* control = stackalloc byte[64];
        fixed (byte* data = buffer)
        {
            var part = new iovec { iov_base = data, iov_len = buffer.Length };
            while (true)
            {
                var header = new msghdr { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = 64 };
                long length = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
                if (length < 0)
                {
                    int error = errno;
                    if (error == EINTR)
                        continue;
                    if (error == ECONNRESET)
                        return 0;
                    throw new SyscallException("recvmsg", error);
                }
                cmsghdr* item = CMSG_FIRSTHDR(&header);
                if (item is not null && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS)
                    passed = TakeFirst(item);
                return (int)length;
            }
        }
    }

    private static SafeFileHandle? TakeFirst(cmsghdr* item)
    {
        SafeFileHandle? first = null;
        int count = ((int)(uint)item->cmsg_len - sizeof(cmsghdr)) / sizeof(int);
        for (int i = 0; i < count; i++)
        {
            var handle = new SafeFileHandle(((int*)CMSG_DATA(item))[i], ownsHandle: true);
            if (first is null)
                first = handle;
            else
                handle.Dispose();
        }
        return first;
    }
}
