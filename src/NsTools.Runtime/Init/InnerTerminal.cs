using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;
using NsTools.Runtime.Lifecycle;
using NsTools.Runtime.RootFs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>Opens the container's pseudo-terminal, hands its master to the outer stage, and takes its other end as terminal.</summary>
internal static unsafe class InnerTerminal
{
    /// <summary>Opens it and hands it out.</summary>
    /// <param name="root">The prepared root of a new mount namespace; null where the process already is where it belongs.</param>
    /// <param name="hostMultiplexer">The host's multiplexer; null when it has none.</param>
    /// <param name="spec">The config.</param>
    public static void Attach(SafeFileHandle? root, SafeFileHandle? hostMultiplexer, RuntimeSpec spec)
    {
        // The container's own devpts first, so that tty(1) finds the terminal's name in there.
        SafeFileHandle multiplexer = (root is null ? TryOpenMultiplexer() : ConsoleDevice.TryOpenMultiplexer(root))
            ?? hostMultiplexer
            ?? throw new SyscallException("open", ENOENT, "/dev/ptmx", "there is no pseudo-terminal, neither inside nor on the host");
        using PseudoTerminal terminal = PseudoTerminal.From(multiplexer);
        int slave = Descriptor.Number(terminal.Slave);
        // The user opens it again by name (tmux, gpg). One that is not mapped here cannot be given it; that is no
        // reason not to run.
        _ = fchown(slave, spec.Process!.User.Uid, uint.MaxValue);
        if (root is not null && spec.Root is not null)
            ConsoleDevice.Bind(root, terminal.Slave);
        if (spec.Process.ConsoleSize is { } size)
            SetSize(slave, size);
        if (!UnixSocket.Send(StageProtocol.TerminalDescriptor, "T"u8, Descriptor.Number(terminal.Master)))
            throw new SyscallException("sendmsg", EPIPE, "terminal");
        if (ioctl(slave, TIOCSCTTY, 0) < 0)
            throw SyscallException.FromLastError("ioctl", "TIOCSCTTY");
        for (int i = 0; i <= STDERR_FILENO; i++)
        {
            if (dup2(slave, i) < 0)
                throw SyscallException.FromLastError("dup2");
        }
    }

    private static SafeFileHandle? TryOpenMultiplexer() =>
        PseudoTerminal.TryOpenMultiplexer("/dev/pts/ptmx") ?? PseudoTerminal.TryOpenMultiplexer("/dev/ptmx");

    private static void SetSize(int terminal, ConsoleSizeSpec size)
    {
        var window = new winsize { ws_row = (ushort)size.Height, ws_col = (ushort)size.Width };
        if (ioctl(terminal, TIOCSWINSZ, &window) < 0)
            throw SyscallException.FromLastError("ioctl", "TIOCSWINSZ", "config $.process.consoleSize");
    }
}
