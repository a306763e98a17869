using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Netlink;

/// <summary>What carries netlink datagrams: a socket, or in tests a script of answers.</summary>
public interface INetlinkChannel : IDisposable
{
    /// <summary>Sends one datagram, which may hold several messages.</summary>
    /// <param name="datagram">The messages.</param>
    /// <exception cref="SyscallException">It could not be sent.</exception>
    void Send(ReadOnlySpan<byte> datagram);

    /// <summary>Waits for the next datagram of the kernel.</summary>
    /// <param name="truncated">True when the buffer was too small for it; the next one will get a larger one.</param>
    /// <returns>The datagram, valid until the next call.</returns>
    /// <exception cref="SyscallException">It could not be received; <c>ENOBUFS</c> says that some were lost.</exception>
    ReadOnlySpan<byte> Receive(out bool truncated);
}
