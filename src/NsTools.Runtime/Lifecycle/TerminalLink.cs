using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The socket over which the inner stage hands out the master of the pseudo-terminal that it has opened.</summary>
internal sealed class TerminalLink : IDisposable
{
    private readonly SafeFileHandle _outer;

    public TerminalLink() => (_outer, Inner) = UnixSocket.Pair(SOCK_SEQPACKET);

    /// <summary>The inner stage's end.</summary>
    public SafeFileHandle Inner { get; }

    /// <summary>Receives the master; the inner stage has sent it before it executed the program.</summary>
    public SafeFileHandle ReceiveMaster()
    {
        Inner.Dispose();
        _ = UnixSocket.Receive(Descriptor.Number(_outer), new byte[1], out SafeFileHandle? master);
        return master ?? throw new SyscallException("recvmsg", EIO, null, "the inner stage sent no terminal");
    }

    public void Dispose()
    {
        _outer.Dispose();
        Inner.Dispose();
    }
}
