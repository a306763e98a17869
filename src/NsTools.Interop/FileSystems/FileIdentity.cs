using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>Which file it is, whatever it is called (<c>inode(7)</c>).</summary>
public static class FileIdentity
{
    /// <summary>The inode number of an open file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="SyscallException"><c>fstat</c> failed.</exception>
    public static unsafe ulong Of(SafeFileHandle file)
    {
        stat status;
        return fstat(Descriptor.Number(file), &status) == 0 ? (ulong)status.st_ino : throw SyscallException.FromLastError("fstat");
    }

    /// <summary>The inode number of a file in a directory; a link is not followed.</summary>
    /// <param name="parent">The directory that it is in, or for the root itself that.</param>
    /// <param name="path">Its path: the last component is looked up in <paramref name="parent"/>.</param>
    /// <exception cref="SyscallException"><c>fstatat</c> failed.</exception>
    public static unsafe ulong At(SafeFileHandle parent, RelativePath path)
    {
        if (path.IsRoot)
            return Of(parent);
        stat status;
        fixed (byte* name = path.TerminatedName)
        {
            return fstatat(Descriptor.Number(parent), name, &status, AT_SYMLINK_NOFOLLOW) == 0
                ? (ulong)status.st_ino
                : throw SyscallException.FromLastError("fstatat", path.ToString());
        }
    }
}
