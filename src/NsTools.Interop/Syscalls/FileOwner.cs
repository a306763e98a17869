using Microsoft.Win32.SafeHandles;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>Whose a file is (<c>stat(2)</c>, <c>chown(2)</c>), which .NET does not tell.</summary>
public static class FileOwner
{
    /// <summary>The user ID of the owner of a file, not followed when it is a symbolic link.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SyscallException">It cannot be looked at.</exception>
    public static unsafe uint Of(string path)
    {
        stat status;
        fixed (byte* native = PathBytes.Of(path))
        {
            return fstatat(AT_FDCWD, native, &status, AT_SYMLINK_NOFOLLOW) == 0
                ? (uint)status.st_uid
                : throw SyscallException.FromLastError("stat", path);
        }
    }

    /// <summary>Gives what is open to an owner; a symbolic link itself.</summary>
    /// <param name="file">A descriptor, <c>O_PATH</c> ones too.</param>
    /// <param name="userId">The owner's user ID.</param>
    /// <param name="groupId">The owning group's ID.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static unsafe void Set(SafeFileHandle file, uint userId, uint groupId)
    {
        fixed (byte* empty = "\0"u8)
        {
            if (fchownat(Descriptor.Number(file), empty, userId, groupId, AT_EMPTY_PATH) < 0)
                throw SyscallException.FromLastError("fchownat");
        }
    }
}
