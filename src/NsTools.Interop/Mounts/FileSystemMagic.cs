using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>File system types by the number that <c>fstatfs(2)</c> gives (<c>linux/magic.h</c>), which no name or link can fake.</summary>
public static class FileSystemMagic
{
    /// <summary>procfs.</summary>
    public const long Proc = 0x9fa0;

    /// <summary>sysfs.</summary>
    public const long SysFs = 0x62656572;

    /// <summary>tmpfs.</summary>
    public const long TmpFs = 0x01021994;

    /// <summary>ramfs, which an initramfs may be.</summary>
    public const long RamFs = 0x858458f6;

    /// <summary>devpts.</summary>
    public const long DevPts = 0x1cd1;

    /// <summary>A cgroup v1 hierarchy.</summary>
    public const long Cgroup = 0x27e0eb;

    /// <summary>The cgroup v2 hierarchy.</summary>
    public const long Cgroup2 = 0x63677270;

    /// <summary>selinuxfs.</summary>
    public const long SeLinux = 0xf97cff8c;

    /// <summary>The type of the file system that a descriptor is on.</summary>
    /// <param name="handle">Any descriptor, <c>O_PATH</c> ones and detached mounts too.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe long Of(SafeFileHandle handle)
    {
        // struct statfs begins with f_type; 120 bytes on 64-bit machines (statfs(2)).
        long* status = stackalloc long[16];
        return (long)(ssize_t)syscall(SyscallNumber.FStatFs, Descriptor.Number(handle), status) < 0
            ? throw SyscallException.FromLastError("fstatfs")
            : status[0];
    }
}
