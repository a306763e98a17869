using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>The calls from before mounts were descriptors: <c>mount(2)</c> and <c>umount2(2)</c>.</summary>
public static class ClassicMount
{
    /// <summary><c>mount(2)</c>.</summary>
    /// <param name="source">Device, name, or directory of a bind mount; null for none.</param>
    /// <param name="target">Where. Symbolic links are followed: inside a root that others can write, use <see cref="PathInRoot"/> and <see cref="MountTree"/>.</param>
    /// <param name="type">File system type; null for none.</param>
    /// <param name="flags"><c>MS_*</c> flags.</param>
    /// <param name="data">Options of the file system; null for none.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe void Mount(string? source, string target, string? type, ulong flags, string? data = null)
    {
        fixed (byte* sourceBytes = source is null ? null : PathBytes.Of(source))
        fixed (byte* targetBytes = PathBytes.Of(target))
        fixed (byte* typeBytes = type is null ? null : PathBytes.Of(type))
        fixed (byte* dataBytes = data is null ? null : PathBytes.Of(data))
        {
            if (mount(sourceBytes, targetBytes, typeBytes, (ulong_t)flags, dataBytes) < 0)
                throw SyscallException.FromLastError("mount", target);
        }
    }

    /// <summary>Changes how mount events propagate, of one mount or of all below it too (<c>mount --make-rprivate</c>).</summary>
    /// <param name="target">The mount.</param>
    /// <param name="propagation">The new type.</param>
    /// <param name="recursive">Also of the mounts below it.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static void SetPropagation(string target, PropagationType propagation, bool recursive) =>
        Mount(null, target, null, (ulong)propagation | (recursive ? (ulong)MS_REC : 0));

    /// <summary><c>umount2(2)</c>.</summary>
    /// <param name="target">The mount; a symbolic link at its end is followed unless <paramref name="flags"/> has <c>UMOUNT_NOFOLLOW</c>.</param>
    /// <param name="flags"><c>MNT_DETACH</c>, <c>MNT_FORCE</c>, <c>UMOUNT_NOFOLLOW</c>.</param>
    /// <param name="name">What errors call it; null for <paramref name="target"/>.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe void Unmount(string target, int flags, string? name = null)
    {
        fixed (byte* bytes = PathBytes.Of(target))
        {
            if (umount2(bytes, flags) < 0)
                throw SyscallException.FromLastError("umount2", name ?? target);
        }
    }

    /// <summary>
    /// <c>umount2(2)</c> of a name in a directory, with nothing to follow on the way. It changes the calling thread's
    /// working directory, which it first makes the thread's own: only for a thread of <see cref="Processes.NamespaceThread"/>.
    /// </summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The mount's name in it; a symbolic link is not followed.</param>
    /// <param name="flags"><c>MNT_DETACH</c>, <c>MNT_FORCE</c>.</param>
    /// <param name="path">What errors call it.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static void UnmountIn(SafeFileHandle directory, string name, int flags, string path)
    {
        // A path through /proc/self/fd would need a procfs in every mount namespace.
        if (unshare(CLONE_FS) < 0)
            throw SyscallException.FromLastError("unshare", "CLONE_FS");
        if (fchdir(Descriptor.Number(directory)) < 0)
            throw SyscallException.FromLastError("fchdir", path);
        try
        {
            Unmount(name, flags | UMOUNT_NOFOLLOW, path);
        }
        finally
        {
            // The kernel lets go of an ended thread's working directory some time after others see that it has ended:
            // until then the mount that the directory is on would be busy.
            LeaveDirectory();
        }
    }

    // Cannot fail for a thread that could open anything at all, and what it is there for is done already.
    private static unsafe void LeaveDirectory()
    {
        fixed (byte* root = "/"u8)
            _ = chdir(root);
    }
}
