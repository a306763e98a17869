using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Namespaces;

/// <summary>Descriptors of namespaces: opening them, and what the kernel tells of them (<c>ioctl_ns(2)</c>).</summary>
public static unsafe class NamespaceDescriptor
{
    // include/uapi/linux/magic.h
    private const long NsfsMagic = 0x6e736673;

    // include/uapi/linux/nsfs.h: _IO(0xb7, n)
    private const int NsGetUserNs = 0xb701;
    private const int NsGetParent = 0xb702;
    private const int NsGetNsType = 0xb703;
    private const int NsGetOwnerUid = 0xb704;

    /// <summary>Opens a path and makes sure that it is a namespace.</summary>
    /// <param name="path">A file of nsfs: <c>/proc/PID/ns/net</c>, or a bind mount of one.</param>
    /// <returns>The descriptor; null when there is such a file but it is no namespace.</returns>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static SafeFileHandle? Open(string path)
    {
        // With O_PATH first: opening whatever else the path may be (a FIFO, a device) could block or do something.
        using SafeFileHandle found = Descriptor.Open(path, O_PATH);
        if (!IsNamespace(found))
            return null;
        return Descriptor.Open($"/proc/self/fd/{found.DangerousGetHandle()}", O_RDONLY);
    }

    /// <summary>Opens a path that is known to be of nsfs, for who walks many: nothing is thrown for one that has gone.</summary>
    /// <param name="path">A link of <c>/proc/PID/ns</c>, a descriptor's or a mount's path.</param>
    /// <returns>The descriptor; null when it cannot be opened, or is no namespace after all.</returns>
    public static SafeFileHandle? TryOpen(string path)
    {
        int found = TryOpenAt(path, O_PATH);
        if (found < 0)
            return null;
        using SafeFileHandle handle = new(found, ownsHandle: true);
        if (!IsNamespace(handle))
            return null;
        int opened = TryOpenAt($"/proc/self/fd/{found}", O_RDONLY);
        return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
    }

    /// <summary>Whether a descriptor is of nsfs (<c>fstatfs(2)</c>).</summary>
    /// <param name="descriptor">Any descriptor.</param>
    public static bool IsNamespace(SafeFileHandle descriptor)
    {
        // struct statfs has f_type first, and 120 bytes at most on the machines that we run on.
        long* buffer = stackalloc long[32];
        long result = (long)syscall(SyscallNumber.FStatFs, Descriptor.Number(descriptor), buffer);
        GC.KeepAlive(descriptor);
        return result == 0 && buffer[0] == NsfsMagic;
    }

    /// <summary>The namespace's identity: its inode number.</summary>
    /// <param name="descriptor">A descriptor of a namespace.</param>
    /// <exception cref="SyscallException">The kernel refuses (<c>fstat(2)</c>).</exception>
    public static long GetId(SafeFileHandle descriptor)
    {
        stat status;
        int result = fstat(Descriptor.Number(descriptor), &status);
        GC.KeepAlive(descriptor);
        return result == 0 ? (long)(ulong)status.st_ino : throw SyscallException.FromLastError("fstat");
    }

    /// <summary>What kind of namespace it is (NS_GET_NSTYPE).</summary>
    /// <param name="descriptor">A descriptor of a namespace.</param>
    /// <returns>The <c>CLONE_NEW…</c> flag.</returns>
    /// <exception cref="SyscallException">It is no namespace (ENOTTY).</exception>
    public static int GetCloneFlag(SafeFileHandle descriptor)
    {
        int flag = ioctl(Descriptor.Number(descriptor), NsGetNsType);
        GC.KeepAlive(descriptor);
        return flag >= 0 ? flag : throw SyscallException.FromLastError("ioctl(NS_GET_NSTYPE)");
    }

    /// <summary>Opens the user namespace that owns a namespace (NS_GET_USERNS).</summary>
    /// <param name="descriptor">A descriptor of a namespace.</param>
    /// <returns>The owner; null when it is outside of what the caller may see (EPERM).</returns>
    public static SafeFileHandle? OpenOwner(SafeFileHandle descriptor) => OpenRelated(descriptor, NsGetUserNs);

    /// <summary>Opens the parent of a PID or user namespace (NS_GET_PARENT).</summary>
    /// <param name="descriptor">A descriptor of a namespace.</param>
    /// <returns>The parent; null for the first one, for one outside of what the caller may see (EPERM), and for other kinds (EINVAL).</returns>
    public static SafeFileHandle? OpenParent(SafeFileHandle descriptor) => OpenRelated(descriptor, NsGetParent);

    /// <summary>User ID of a user namespace's creator (NS_GET_OWNER_UID), in the caller's user namespace.</summary>
    /// <param name="descriptor">A descriptor of a user namespace.</param>
    /// <returns>The user ID; null when it is none of a user namespace.</returns>
    public static uint? GetOwnerUserId(SafeFileHandle descriptor)
    {
        uint userId;
        int result = ioctl(Descriptor.Number(descriptor), NsGetOwnerUid, &userId);
        GC.KeepAlive(descriptor);
        return result == 0 ? userId : null;
    }

    private static SafeFileHandle? OpenRelated(SafeFileHandle descriptor, int request)
    {
        int related = ioctl(Descriptor.Number(descriptor), request);
        GC.KeepAlive(descriptor);
        return related < 0 ? null : new SafeFileHandle(related, ownsHandle: true);
    }

    private static int TryOpenAt(string path, int flags)
    {
        fixed (byte* pointer = PathBytes.Of(path))
            return openat(AT_FDCWD, pointer, flags | O_CLOEXEC, 0);
    }
}
