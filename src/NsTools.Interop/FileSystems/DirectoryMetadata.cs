using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>Owner, mode, attributes and times of a directory (<c>inode(7)</c>).</summary>
public static class DirectoryMetadata
{
    /// <summary>Gives a directory what another one has, but an overlay's own marks.</summary>
    /// <param name="from">The other one.</param>
    /// <param name="to">The directory.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public static unsafe void Copy(SafeFileHandle from, SafeFileHandle to)
    {
        stat status;
        int target = Descriptor.Number(to);
        if (fstat(Descriptor.Number(from), &status) < 0)
            throw SyscallException.FromLastError("fstat");
        if (fchown(target, (uint)status.st_uid, (uint)status.st_gid) < 0)
            throw SyscallException.FromLastError("fchown");
        if (fchmod(target, (mode_t)(ushort)((uint)status.st_mode & 0xFFF)) < 0)
            throw SyscallException.FromLastError("fchmod");
        foreach (byte[] name in ExtendedAttribute.List(from))
        {
            if (!name.AsSpan().StartsWith("trusted.overlay."u8) && !name.AsSpan().StartsWith("user.overlay."u8)
                && ExtendedAttribute.Get(from, name) is { } value)
                ExtendedAttribute.TrySet(to, name, value);
        }
        timespec* times = stackalloc timespec[2];
        times[0] = status.st_atim;
        times[1] = status.st_mtim;
        if (futimens(target, times) < 0)
            throw SyscallException.FromLastError("futimens");
    }

    /// <summary>When a directory was last modified: whole seconds since 1970, and nanoseconds to add.</summary>
    /// <param name="directory">The directory; may be an <c>O_PATH</c> descriptor.</param>
    /// <exception cref="SyscallException"><c>fstat</c> failed.</exception>
    public static unsafe (long Seconds, long Nanoseconds) GetModified(SafeFileHandle directory)
    {
        stat status;
        return fstat(Descriptor.Number(directory), &status) == 0
            ? ((long)status.st_mtim.tv_sec, (long)status.st_mtim.tv_nsec)
            : throw SyscallException.FromLastError("fstat");
    }

    /// <summary>Sets when a directory was last modified; one that is not there any more is passed over.</summary>
    /// <param name="directories">The tree that it is in.</param>
    /// <param name="path">Its path.</param>
    /// <param name="modified">What <see cref="GetModified"/> gives.</param>
    /// <exception cref="SyscallException"><c>utimensat</c> failed.</exception>
    public static unsafe void SetModified(DirectoryCache directories, RelativePath path, (long Seconds, long Nanoseconds) modified)
    {
        timespec* times = stackalloc timespec[2];
        times[0].tv_nsec = UTIME_OMIT;
        times[1].tv_sec = modified.Seconds;
        times[1].tv_nsec = (long_t)modified.Nanoseconds;
        try
        {
            SafeFileHandle parent = path.IsRoot ? directories.Root : directories.ExistingParentOf(path);
            fixed (byte* name = path.IsRoot ? ".\0"u8 : path.TerminatedName)
            {
                if (utimensat(Descriptor.Number(parent), name, times, AT_SYMLINK_NOFOLLOW) < 0)
                    throw SyscallException.FromLastError("utimensat", path.ToString());
            }
        }
        catch (SyscallException gone) when (gone.Name is "ENOENT" or "ENOTDIR")
        {
            // Something has taken it away after it was modified.
        }
    }
}
