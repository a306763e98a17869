using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Terminals;

/// <summary>A pseudo-terminal (<c>pty(7)</c>).</summary>
public sealed unsafe class PseudoTerminal : IDisposable
{
    // devices.txt: the multiplexer's character device is 5:2.
    private const int MultiplexerMajor = 5;
    private const int MultiplexerMinor = 2;

    private PseudoTerminal(SafeFileHandle master, SafeFileHandle slave) => (Master, Slave) = (master, slave);

    /// <summary>The master's end.</summary>
    public SafeFileHandle Master { get; }

    /// <summary>The end that programs have as their terminal.</summary>
    public SafeFileHandle Slave { get; }

    /// <summary>Opens the multiplexer; null when there is none, or something else lies there.</summary>
    /// <param name="path">Such as <c>/dev/ptmx</c>.</param>
    public static SafeFileHandle? TryOpenMultiplexer(string path)
    {
        SafeFileHandle handle;
        try
        {
            handle = Descriptor.Open(path, O_RDWR | O_NOCTTY);
        }
        catch (SyscallException)
        {
            return null;
        }
        // The file may be a container's: what is no multiplexer is not asked anything.
        stat status;
        if (fstat(Descriptor.Number(handle), &status) == 0 && IsMultiplexer(status.st_rdev))
            return handle;
        handle.Dispose();
        return null;
    }

    /// <summary>Makes the pair of a multiplexer that was just opened.</summary>
    /// <param name="master">The opened multiplexer; the pair owns it.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static PseudoTerminal From(SafeFileHandle master)
    {
        int unlock = 0;
        if (ioctl(Descriptor.Number(master), TIOCSPTLCK, &unlock) < 0)
            throw SyscallException.FromLastError("ioctl", "TIOCSPTLCK");
        // Not by the name in /dev/pts, which another devpts instance may have given to another terminal.
        int slave = ioctl(Descriptor.Number(master), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        return slave < 0
            ? throw SyscallException.FromLastError("ioctl", "TIOCGPTPEER")
            : new PseudoTerminal(master, new SafeFileHandle(slave, ownsHandle: true));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Master.Dispose();
        Slave.Dispose();
    }

    // makedev(3) for numbers below 256.
    private static bool IsMultiplexer(ulong device) => device == ((MultiplexerMajor << 8) | MultiplexerMinor);
}
