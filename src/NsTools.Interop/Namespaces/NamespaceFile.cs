using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Namespaces;

/// <summary>
/// Files that stand for a namespace (<c>namespaces(7)</c>, "The /proc/pid/ns/ directory"): the links in <c>/proc</c>,
/// and files on which one is bind-mounted, which keeps the namespace alive without a process.
/// </summary>
public static class NamespaceFile
{
    // statx(2); not in Tmds.LibC.
    private const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;

    private static readonly Lazy<ulong> s_device = new(DeviceOfOwnNamespace);

    /// <summary>The identity of the namespace that a file stands for.</summary>
    /// <param name="path">A file, for instance <c>/proc/1/ns/net</c> or <c>/run/netns/blue</c>.</param>
    /// <returns>The inode number in nsfs; null when the file is not there or stands for no namespace.</returns>
    /// <exception cref="SyscallException">It cannot be looked at for another reason (EACCES).</exception>
    public static unsafe long? Identify(string path)
    {
        stat status;
        fixed (byte* native = PathBytes.Of(path))
        {
            if (stat(native, &status) != 0)
                return errno is var number && (number == ENOENT || number == ESRCH || number == ENOTDIR)
                    ? null
                    : throw new SyscallException("stat", number, path);
        }
        // nsfs is one file system with one device number.
        return (ulong)status.st_dev == s_device.Value ? (long)(ulong)status.st_ino : null;
    }

    /// <summary>True when the path is the root of a mount, of a file's bind mount too.</summary>
    /// <param name="path">A path that exists.</param>
    /// <exception cref="SyscallException">It cannot be looked at.</exception>
    public static unsafe bool IsMountPoint(string path)
    {
        statx status;
        fixed (byte* native = PathBytes.Of(path))
        {
            return statx(AT_FDCWD, native, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) == 0
                ? (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0
                : throw SyscallException.FromLastError("statx", path);
        }
    }

    /// <summary>Pins a namespace on a file: <c>mount --bind source target</c>.</summary>
    /// <param name="source">What stands for the namespace.</param>
    /// <param name="target">An existing empty file.</param>
    /// <exception cref="SyscallException">The mount failed.</exception>
    public static void Pin(string source, string target) => Mount(source, target, MS_BIND);

    /// <summary>Mounts a directory on itself: <c>mount --bind directory directory</c>, with <c>--rbind</c> for what is mounted below.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="recursive">True takes along what is mounted below it.</param>
    /// <exception cref="SyscallException">The mount failed.</exception>
    public static void MountOnItself(string directory, bool recursive = false) =>
        Mount(directory, directory, recursive ? MS_BIND | MS_REC : MS_BIND);

    /// <summary>Makes a mount private: <c>mount --make-private target</c>.</summary>
    /// <param name="target">A mount point.</param>
    /// <exception cref="SyscallException">The change failed.</exception>
    public static void MakePrivate(string target) => Mount(null, target, MS_PRIVATE);

    /// <summary>Makes a mount and all below it shared: <c>mount --make-rshared target</c>.</summary>
    /// <param name="target">A path.</param>
    /// <returns>False when <paramref name="target"/> is no mount point.</returns>
    /// <exception cref="SyscallException">The change failed.</exception>
    public static bool TryMakeShared(string target)
    {
        try
        {
            Mount(null, target, MS_SHARED | MS_REC);
            return true;
        }
        catch (SyscallException failure) when (failure.Number == EINVAL)
        {
            return false;
        }
    }

    /// <summary>Takes away what is mounted on a path: <c>umount --lazy target</c>.</summary>
    /// <param name="target">The path.</param>
    /// <returns>False when nothing was mounted there.</returns>
    /// <exception cref="SyscallException">The unmount failed.</exception>
    public static unsafe bool Unpin(string target)
    {
        fixed (byte* native = PathBytes.Of(target))
        {
            if (umount2(native, MNT_DETACH) == 0)
                return true;
            return errno is var number && (number == EINVAL || number == ENOENT)
                ? false
                : throw new SyscallException("umount2", number, target);
        }
    }

    private static unsafe ulong DeviceOfOwnNamespace()
    {
        const string Own = "/proc/self/ns/mnt";
        stat status;
        fixed (byte* native = PathBytes.Of(Own))
            return stat(native, &status) == 0 ? (ulong)status.st_dev : throw SyscallException.FromLastError("stat", Own);
    }

    private static unsafe void Mount(string? source, string target, ulong_t flags)
    {
        fixed (byte* from = source is null ? null : PathBytes.Of(source))
        fixed (byte* onto = PathBytes.Of(target))
        {
            if (mount(from, onto, null, flags, null) != 0)
                throw SyscallException.FromLastError("mount", target, source is null || source == target ? null : $"source '{source}'");
        }
    }
}
