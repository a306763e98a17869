using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Mounts;

/// <summary>
/// Mounts as descriptors: copies of existing ones, attached nowhere until they are as they should be
/// (<c>open_tree(2)</c>, <c>mount_setattr(2)</c>, <c>move_mount(2)</c>; Linux 5.12). A copy that is closed unattached
/// is gone: there is nothing to undo.
/// </summary>
public static class MountTree
{
    // linux/mount.h and linux/fcntl.h.
    private const uint OpenTreeClone = 1;
    private const uint AtRecursive = 0x8000;
    private const uint MoveFromEmptyPath = 0x4;
    private const uint MoveToEmptyPath = 0x40;

    /// <summary>
    /// A detached copy of the mount at (and below) a place; what <c>mount --bind</c> or <c>--rbind</c> would attach.
    /// </summary>
    /// <param name="source">A descriptor of the place, usually <c>O_PATH</c>, in the calling thread's mount namespace.</param>
    /// <param name="recursive">Also the mounts below it.</param>
    /// <param name="name">What errors call the place.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static SafeFileHandle Clone(SafeFileHandle source, bool recursive, string? name = null) =>
        OpenTree(source, "", OpenTreeClone | (uint)AT_EMPTY_PATH | (recursive ? AtRecursive : 0), name);

    /// <summary>A detached copy of the mount at (and below) a path.</summary>
    /// <param name="source">The path.</param>
    /// <param name="recursive">Also the mounts below it.</param>
    /// <param name="follow">Whether a symbolic link at its end is followed; otherwise the copy is of the link itself.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static SafeFileHandle Clone(string source, bool recursive, bool follow = true) =>
        OpenTree(null, source, OpenTreeClone | (recursive ? AtRecursive : 0) | (follow ? 0 : (uint)AT_SYMLINK_NOFOLLOW), source);

    /// <summary>Changes the attributes of a mount, detached or attached, all or nothing.</summary>
    /// <param name="mount">A descriptor of the mount's root.</param>
    /// <param name="change">What to change.</param>
    /// <param name="recursive">Also of all mounts below it.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="SyscallException">The call failed; nothing has changed.</exception>
    public static unsafe void SetAttributes(SafeFileHandle mount, MountAttributeChange change, bool recursive, string? name = null)
    {
        if (change.IsEmpty)
            return;
        MountAttr attributes = new()
        {
            Set = (ulong)change.Set,
            Clear = (ulong)change.Clear,
            Propagation = (ulong)change.Propagation,
        };
        Apply(mount, &attributes, recursive, name);
    }

    /// <summary>Makes a detached mount show its files' IDs through a user namespace's mapping (Linux 5.12).</summary>
    /// <param name="mount">A descriptor of a mount's root that was never attached.</param>
    /// <param name="userNamespace">A descriptor of the user namespace.</param>
    /// <param name="recursive">Also of all mounts below it.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="SyscallException">The call failed; nothing has changed.</exception>
    public static unsafe void SetIdMap(SafeFileHandle mount, SafeFileHandle userNamespace, bool recursive, string? name = null)
    {
        MountAttr attributes = new()
        {
            Set = (ulong)MountAttributes.IdMapped,
            UserNamespace = (ulong)Descriptor.Number(userNamespace),
        };
        Apply(mount, &attributes, recursive, name);
    }

    /// <summary>Attaches a detached mount, or moves an attached one, on top of a place in the calling thread's mount namespace.</summary>
    /// <param name="mount">A descriptor of the mount's root.</param>
    /// <param name="target">A descriptor of the place: a directory for a directory, otherwise a file.</param>
    /// <param name="name">What errors call the place.</param>
    /// <exception cref="SyscallException">The call failed.</exception>
    public static unsafe void Attach(SafeFileHandle mount, SafeFileHandle target, string? name = null)
    {
        byte empty = 0;
        if ((int)syscall(SyscallNumber.MoveMount, Descriptor.Number(mount), &empty, Descriptor.Number(target), &empty, MoveFromEmptyPath | MoveToEmptyPath) < 0)
            throw SyscallException.FromLastError("move_mount", name);
    }

    private static unsafe SafeFileHandle OpenTree(SafeFileHandle? directory, string path, uint flags, string? name)
    {
        fixed (byte* bytes = PathBytes.Of(path))
        {
            int descriptor = (int)syscall(SyscallNumber.OpenTree, directory is null ? AT_FDCWD : Descriptor.Number(directory), bytes, flags | (uint)O_CLOEXEC);
            return descriptor < 0 ? throw SyscallException.FromLastError("open_tree", name) : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }

    private static unsafe void Apply(SafeFileHandle mount, MountAttr* attributes, bool recursive, string? name)
    {
        byte empty = 0;
        uint flags = (uint)AT_EMPTY_PATH | (recursive ? AtRecursive : 0);
        if ((int)syscall(SyscallNumber.MountSetAttr, Descriptor.Number(mount), &empty, flags, attributes, sizeof(MountAttr)) < 0)
            throw SyscallException.FromLastError("mount_setattr", name);
    }

    /// <summary><c>struct mount_attr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MountAttr
    {
        public ulong Set;
        public ulong Clear;
        public ulong Propagation;
        public ulong UserNamespace;
    }
}
