using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>Process descriptors (<c>pidfd_open(2)</c>).</summary>
internal static class Pid
{
    /// <summary>Opens one of an own child that is not reaped yet, so that the number can be nobody else's.</summary>
    public static SafeFileHandle Open(int pid)
    {
        int descriptor = (int)syscall(SyscallNumber.PidFdOpen, pid, 0);
        return descriptor < 0
            ? throw SyscallException.FromLastError("pidfd_open", pid.ToString(CultureInfo.InvariantCulture))
            : new SafeFileHandle(descriptor, ownsHandle: true);
    }
}
