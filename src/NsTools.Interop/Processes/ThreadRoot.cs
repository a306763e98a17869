using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>The root directory of one thread.</summary>
public static class ThreadRoot
{
    /// <summary>
    /// Makes a directory the calling thread's root and working directory (<c>chroot(2)</c>). The thread no longer shares
    /// either with others afterwards: only for a thread of <see cref="NamespaceThread"/>.
    /// </summary>
    /// <param name="directory">The directory, in the thread's mount namespace.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public static unsafe void Enter(SafeFileHandle directory, string name)
    {
        if (unshare(CLONE_FS) < 0)
            throw SyscallException.FromLastError("unshare", "CLONE_FS");
        if (fchdir(Descriptor.Number(directory)) < 0)
            throw SyscallException.FromLastError("fchdir", name);
        fixed (byte* here = "."u8)
        {
            if (chroot(here) < 0)
                throw SyscallException.FromLastError("chroot", name);
        }
    }
}
