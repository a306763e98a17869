using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The socket of <c>--console-socket</c>, over which whoever keeps the terminal gets its master (<c>SCM_RIGHTS</c>).</summary>
internal static class ConsoleSocket
{
    /// <summary>Makes sure that a terminal has exactly one keeper.</summary>
    /// <exception cref="ContainerException">It has none, or the socket would get nothing.</exception>
    public static void Check(bool hasTerminal, bool isDetached, string? socket)
    {
        if (hasTerminal && isDetached && socket is null)
            throw new ContainerException("config $.process.terminal: it is true, and nobody stays to keep the terminal; give --console-socket");
        if (!hasTerminal && socket is not null)
            throw new ContainerException("--console-socket needs $.process.terminal to be true");
    }

    /// <summary>Connects to it.</summary>
    /// <param name="path">Its path; null for none.</param>
    /// <exception cref="SyscallException">Nobody listens there.</exception>
    public static SafeFileHandle? Connect(string? path) => path is null ? null : UnixAddress.Connect(path, SOCK_STREAM);
}
