using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace NsTools.Interop.Syscalls;

/// <summary>How <c>openat2(2)</c> resolves a path (<c>linux/openat2.h</c>).</summary>
[Flags]
public enum ResolveFlags : ulong
{
    /// <summary>As <c>openat(2)</c> does.</summary>
    None = 0,

    /// <summary><c>RESOLVE_NO_XDEV</c>: no mount point is crossed.</summary>
    NoCrossDevice = 0x01,

    /// <summary><c>RESOLVE_NO_MAGICLINKS</c>: no link of procfs' kind is followed.</summary>
    NoMagicLinks = 0x02,

    /// <summary><c>RESOLVE_NO_SYMLINKS</c>: no symbolic link is followed anywhere in the path.</summary>
    NoSymlinks = 0x04,

    /// <summary><c>RESOLVE_BENEATH</c>: a path, or a link on the way, that leaves the directory is refused with <c>EXDEV</c>.</summary>
    Beneath = 0x08,

    /// <summary><c>RESOLVE_IN_ROOT</c>: the directory is the root: absolute links and <c>..</c> stay inside, as after <c>chroot(2)</c>.</summary>
    InRoot = 0x10,
}

/// <summary><c>openat2(2)</c>: opening a path that must not leave a directory.</summary>
public static class OpenAt2
{
    private const int Again = 11;

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary>Opens a path below a directory, with close-on-exec.</summary>
    /// <param name="directory">Where the path begins.</param>
    /// <param name="path">The path, ended by a NUL.</param>
    /// <param name="flags"><c>O_PATH</c>, <c>O_RDONLY</c>, …</param>
    /// <param name="resolve">How to resolve it.</param>
    /// <param name="mode">Mode of a file that <c>O_CREAT</c> makes.</param>
    /// <param name="handle">The descriptor; null when the call failed.</param>
    /// <returns>0, or the positive error number.</returns>
    public static unsafe int TryOpen(
        SafeFileHandle directory, ReadOnlySpan<byte> path, int flags, ResolveFlags resolve, uint mode, out SafeFileHandle? handle)
    {
        OpenHow how = new() { Flags = (uint)(flags | LibC.O_CLOEXEC), Mode = mode, Resolve = (ulong)resolve };
        fixed (byte* bytes = path)
        {
            while (true)
            {
                int descriptor = (int)(long)(ssize_t)LibC.syscall(
                    SyscallNumber.OpenAt2, (int)directory.DangerousGetHandle(), bytes, &how, sizeof(OpenHow));
                if (descriptor >= 0)
                {
                    handle = new SafeFileHandle(descriptor, ownsHandle: true);
                    return 0;
                }
                int error = LibC.errno;
                // A rename elsewhere during the look-up: openat2(2) says to try again.
                if (error == Again)
                    continue;
                handle = null;
                return error;
            }
        }
    }

    /// <summary>Opens a path below a directory, with close-on-exec.</summary>
    /// <param name="directory">Where the path begins.</param>
    /// <param name="path">The path.</param>
    /// <param name="flags"><c>O_PATH</c>, <c>O_RDONLY</c>, … without <c>O_CREAT</c>.</param>
    /// <param name="resolve">How to resolve it.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static SafeFileHandle Open(SafeFileHandle directory, string path, int flags, ResolveFlags resolve)
    {
        int error = TryOpen(directory, PathBytes.Of(path), flags, resolve, 0, out SafeFileHandle? handle);
        return handle ?? throw new SyscallException("openat2", error, path);
    }
}
