using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>Directories as descriptors.</summary>
public static class DirectoryHandle
{
    private const int WouldBlock = 11;
    // fcntl.h.
    private const int LockExclusive = 2, LockNonBlocking = 4;
    // linux/stat.h.
    private const int StatxSize = 256, AttributesOffset = 8;
    private const ulong AttributeMountRoot = 0x2000;

    private static readonly bool s_isArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Opens a directory by a path of the user's, links followed.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe SafeFileHandle Open(string path)
    {
        fixed (byte* bytes = PathBytes.Of(path))
            return Own(open(bytes, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), "open", path);
    }

    /// <summary>Opens a directory that is directly in another one; a link is not followed.</summary>
    /// <param name="parent">The directory that it is in.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static SafeFileHandle OpenChild(SafeFileHandle parent, string name) =>
        OpenAt2.Open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, ResolveFlags.Beneath | ResolveFlags.NoSymlinks);

    /// <summary>Makes a directory for the caller alone (0700) and opens it.</summary>
    /// <param name="parent">The directory that it is made in.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public static unsafe SafeFileHandle CreateChild(SafeFileHandle parent, string name)
    {
        fixed (byte* bytes = PathBytes.Of(name))
        {
            if (mkdirat((int)parent.DangerousGetHandle(), bytes, (mode_t)(ushort)0x1C0) < 0)
                throw SyscallException.FromLastError("mkdirat", name);
        }
        SafeFileHandle handle = OpenChild(parent, name);
        // What a set-group-ID parent or its default ACL hands down would go on into everything below (inode(7), acl(5)).
        int descriptor = (int)handle.DangerousGetHandle();
        if (fchown(descriptor, geteuid(), getegid()) < 0 || fchmod(descriptor, (mode_t)(ushort)0x1C0) < 0)
        {
            var exception = SyscallException.FromLastError("fchown", name);
            handle.Dispose();
            throw exception;
        }
        ExtendedAttribute.TryRemove(handle, "system.posix_acl_default\0"u8);
        ExtendedAttribute.TryRemove(handle, "system.posix_acl_access\0"u8);
        return handle;
    }

    /// <summary>Takes an advisory lock that goes with the descriptor (<c>flock(2)</c>).</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>False when another has it.</returns>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static bool TryLock(SafeFileHandle directory)
    {
        int number = s_isArm64 ? 32 : 73;
        if ((long)(ssize_t)syscall(number, (int)directory.DangerousGetHandle(), LockExclusive | LockNonBlocking) >= 0)
            return true;
        return errno == WouldBlock ? false : throw SyscallException.FromLastError("flock");
    }

    /// <summary>Renames a directory (<c>renameat(2)</c>); an empty one in its place is replaced.</summary>
    /// <param name="parent">The directory that it is in, before and after.</param>
    /// <param name="name">Its name.</param>
    /// <param name="newName">Its new name.</param>
    /// <exception cref="SyscallException"><c>ENOTEMPTY</c>, <c>EBUSY</c> (a mount point), …</exception>
    public static void Rename(SafeFileHandle parent, string name, string newName)
    {
        int error = TryRename(parent, PathBytes.Of(name), parent, PathBytes.Of(newName));
        if (error != 0)
            throw new SyscallException("renameat2", error, newName);
    }

    /// <summary>True for the root of a mount (<c>statx(2)</c>, <c>STATX_ATTR_MOUNT_ROOT</c>).</summary>
    /// <param name="directory">The directory.</param>
    public static unsafe bool IsMountPoint(SafeFileHandle directory)
    {
        byte* buffer = stackalloc byte[StatxSize];
        fixed (byte* empty = "\0"u8)
        {
            long result = (ssize_t)syscall(SyscallNumber.Statx, (int)directory.DangerousGetHandle(), empty, AT_EMPTY_PATH, 0, buffer);
            if (result < 0)
                throw SyscallException.FromLastError("statx");
        }
        return (*(ulong*)(buffer + AttributesOffset) & AttributeMountRoot) != 0;
    }

    internal static unsafe int TryRename(SafeFileHandle parent, ReadOnlySpan<byte> name, SafeFileHandle newParent, ReadOnlySpan<byte> newName)
    {
        fixed (byte* from = name)
        fixed (byte* to = newName)
        {
            long result = (ssize_t)syscall(
                s_isArm64 ? 276 : 316, (int)parent.DangerousGetHandle(), from, (int)newParent.DangerousGetHandle(), to, 0);
            return result < 0 ? errno : 0;
        }
    }

    private static SafeFileHandle Own(int descriptor, string syscall, string path) =>
        descriptor < 0 ? throw SyscallException.FromLastError(syscall, path) : new SafeFileHandle(descriptor, ownsHandle: true);
}
