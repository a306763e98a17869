using Microsoft.Win32.SafeHandles;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>Opening things as descriptors, and asking what a descriptor is.</summary>
public static class Descriptor
{
    /// <summary>Opens a path (<c>open(2)</c>) with close-on-exec.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags"><c>O_RDONLY</c>, <c>O_PATH</c>, … without <c>O_CREAT</c>.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe SafeFileHandle Open(string path, int flags)
    {
        fixed (byte* bytes = PathBytes.Of(path))
        {
            int descriptor = open(bytes, flags | O_CLOEXEC, 0);
            return descriptor < 0 ? throw SyscallException.FromLastError("open", path) : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }

    /// <summary>Opens a path beneath a directory (<c>openat(2)</c>) with close-on-exec.</summary>
    /// <param name="directory">Where a relative path begins.</param>
    /// <param name="path">The path.</param>
    /// <param name="flags"><c>O_RDONLY</c>, <c>O_PATH</c>, … without <c>O_CREAT</c>.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe SafeFileHandle OpenAt(SafeFileHandle directory, string path, int flags)
    {
        fixed (byte* bytes = PathBytes.Of(path))
        {
            int descriptor = openat(Number(directory), bytes, flags | O_CLOEXEC, 0);
            return descriptor < 0 ? throw SyscallException.FromLastError("openat", path) : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }

    /// <summary>Opens a name in a directory, given as bytes (<c>openat(2)</c>), with close-on-exec.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="terminatedName">The name, ended by a NUL.</param>
    /// <param name="flags"><c>O_RDONLY</c>, <c>O_PATH</c>, … without <c>O_CREAT</c>.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe SafeFileHandle OpenAt(SafeFileHandle directory, ReadOnlySpan<byte> terminatedName, int flags)
    {
        fixed (byte* bytes = terminatedName)
        {
            int descriptor = openat(Number(directory), bytes, flags | O_CLOEXEC, 0);
            return descriptor < 0
                ? throw SyscallException.FromLastError("openat", System.Text.Encoding.UTF8.GetString(terminatedName[..^1]))
                : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }

    /// <summary>Opens what an <c>O_PATH</c> descriptor stands for, by its name in procfs (<c>proc_pid_fd(5)</c>).</summary>
    /// <param name="node">The descriptor.</param>
    /// <param name="flags"><c>O_RDONLY</c>, … without <c>O_CREAT</c>.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static SafeFileHandle Reopen(SafeFileHandle node, int flags) => Open($"/proc/thread-self/fd/{Number(node)}", flags);

    /// <summary>The descriptor's number, valid while the handle is not closed.</summary>
    /// <param name="handle">An open handle.</param>
    public static int Number(SafeFileHandle handle)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, handle);
        return (int)handle.DangerousGetHandle();
    }

    /// <summary>The file type bits of what it is open on: <c>S_IFDIR</c>, <c>S_IFLNK</c>, … (<c>inode(7)</c>).</summary>
    /// <param name="handle">An open handle, <c>O_PATH</c> ones too.</param>
    /// <exception cref="SyscallException"><c>fstat</c> failed.</exception>
    public static unsafe int FileType(SafeFileHandle handle)
    {
        stat status;
        return fstat(Number(handle), &status) < 0
            ? throw SyscallException.FromLastError("fstat")
            : (int)((uint)status.st_mode & (uint)S_IFMT);
    }

    /// <summary>The user ID of the owner of what it is open on, as the caller's user namespace has it.</summary>
    /// <param name="handle">An open handle, <c>O_PATH</c> ones too.</param>
    /// <exception cref="SyscallException"><c>fstat</c> failed.</exception>
    public static unsafe long OwnerOf(SafeFileHandle handle)
    {
        stat status;
        return fstat(Number(handle), &status) < 0
            ? throw SyscallException.FromLastError("fstat")
            : (uint)status.st_uid;
    }

    /// <summary>True when it is open on a directory.</summary>
    /// <param name="handle">An open handle, <c>O_PATH</c> ones too.</param>
    /// <exception cref="SyscallException"><c>fstat</c> failed.</exception>
    public static bool IsDirectory(SafeFileHandle handle) => FileType(handle) == (int)S_IFDIR;

    /// <summary>The path of what it is open on, as the calling thread sees it (<c>proc_pid_fd(5)</c>).</summary>
    /// <param name="handle">An open handle.</param>
    /// <exception cref="SyscallException">procfs is not mounted on <c>/proc</c>.</exception>
    public static string PathOf(SafeFileHandle handle) => ReadLinkAt(AT_FDCWD, $"/proc/thread-self/fd/{Number(handle)}");

    /// <summary>The same as bytes: a path has no encoding.</summary>
    /// <param name="handle">An open handle.</param>
    /// <exception cref="SyscallException">procfs is not mounted on <c>/proc</c>.</exception>
    public static byte[] PathBytesOf(SafeFileHandle handle) => ReadLinkBytes(AT_FDCWD, $"/proc/thread-self/fd/{Number(handle)}");

    /// <summary>What the symbolic link says on which an <c>O_PATH | O_NOFOLLOW</c> descriptor is open.</summary>
    /// <param name="link">The descriptor.</param>
    /// <exception cref="SyscallException"><c>readlinkat</c> failed.</exception>
    public static string ReadLink(SafeFileHandle link) => ReadLinkAt(Number(link), "");

    /// <summary>The same as bytes: what a link says has no encoding.</summary>
    /// <param name="link">The descriptor.</param>
    /// <exception cref="SyscallException"><c>readlinkat</c> failed.</exception>
    public static byte[] ReadLinkBytes(SafeFileHandle link) => ReadLinkBytes(Number(link), "");

    private static string ReadLinkAt(int directory, string path) => System.Text.Encoding.UTF8.GetString(ReadLinkBytes(directory, path));

    private static unsafe byte[] ReadLinkBytes(int directory, string path)
    {
        // PATH_MAX bounds what a link can hold (symlink(7)).
        const int Length = 4096;
        byte* buffer = stackalloc byte[Length];
        fixed (byte* bytes = PathBytes.Of(path))
        {
            long length = readlinkat(directory, bytes, buffer, Length);
            return length < 0
                ? throw SyscallException.FromLastError("readlinkat", path)
                : new ReadOnlySpan<byte>(buffer, (int)length).ToArray();
        }
    }
}
