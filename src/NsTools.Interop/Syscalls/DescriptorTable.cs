using Microsoft.Win32.SafeHandles;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>Making and numbering descriptors.</summary>
public static unsafe class DescriptorTable
{
    // linux/close_range.h: CLOSE_RANGE_CLOEXEC, Linux 5.11.
    private const uint CloseRangeCloexec = 4;

    /// <summary>Duplicates a descriptor to the lowest free number at or above <paramref name="minimum"/>, close-on-exec (<c>F_DUPFD_CLOEXEC</c>).</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="minimum">The lowest number that will do.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static SafeFileHandle DuplicateAbove(int descriptor, int minimum)
    {
        int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, minimum);
        return copy < 0 ? throw SyscallException.FromLastError("fcntl", "F_DUPFD_CLOEXEC") : new SafeFileHandle(copy, true);
    }

    /// <summary>Makes a pipe, close-on-exec (<c>pipe2(2)</c>).</summary>
    /// <exception cref="SyscallException">It failed.</exception>
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        int* pair = stackalloc int[2];
        if (pipe2(pair, O_CLOEXEC) < 0)
            throw SyscallException.FromLastError("pipe2");
        return (new SafeFileHandle(pair[0], true), new SafeFileHandle(pair[1], true));
    }

    /// <summary>Sets close-on-exec on every descriptor from <paramref name="first"/> on (<c>close_range(2)</c>).</summary>
    /// <param name="first">The lowest number.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static void SetCloseOnExec(int first)
    {
        if ((int)syscall(SyscallNumber.CloseRange, first, uint.MaxValue, CloseRangeCloexec) < 0)
            throw SyscallException.FromLastError("close_range");
    }
}
