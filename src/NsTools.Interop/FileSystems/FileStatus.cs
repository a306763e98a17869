using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>What an inode says of a file (<c>inode(7)</c>), its extended attributes apart.</summary>
public readonly record struct FileStatus
{
    /// <summary>The type: the <c>S_IFMT</c> bits.</summary>
    public required uint Type { get; init; }

    /// <summary>Permission bits with set-user-ID, set-group-ID and sticky: 0 to 07777.</summary>
    public required ushort Mode { get; init; }

    /// <summary>Owner's user ID.</summary>
    public required uint UserId { get; init; }

    /// <summary>Owning group's ID.</summary>
    public required uint GroupId { get; init; }

    /// <summary>Size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Last modification, whole seconds since 1970, negative before.</summary>
    public required long ModifiedSeconds { get; init; }

    /// <summary>Last modification, nanoseconds to add: 0 to 999,999,999.</summary>
    public required int ModifiedNanoseconds { get; init; }

    /// <summary>Last change of content or inode, whole seconds since 1970: no program can set it.</summary>
    public required long ChangedSeconds { get; init; }

    /// <summary>Last change of content or inode, nanoseconds to add: 0 to 999,999,999.</summary>
    public required int ChangedNanoseconds { get; init; }

    /// <summary>Number of the device that the file lies on.</summary>
    public required ulong Device { get; init; }

    /// <summary>Number of the inode, unique on its device.</summary>
    public required ulong Inode { get; init; }

    /// <summary>How many names it has.</summary>
    public required ulong LinkCount { get; init; }

    /// <summary>Of a device node the major number.</summary>
    public required uint DeviceMajor { get; init; }

    /// <summary>Of a device node the minor number.</summary>
    public required uint DeviceMinor { get; init; }

    /// <summary>True for a directory.</summary>
    public bool IsDirectory => Type == (uint)S_IFDIR;

    /// <summary>True for a regular file.</summary>
    public bool IsRegular => Type == (uint)S_IFREG;

    /// <summary>True for a symbolic link.</summary>
    public bool IsSymbolicLink => Type == (uint)S_IFLNK;

    /// <summary>The status of what is open (<c>fstat(2)</c>).</summary>
    /// <param name="file">A descriptor, <c>O_PATH</c> ones too.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static unsafe FileStatus Of(SafeFileHandle file)
    {
        stat status;
        return fstat(Descriptor.Number(file), &status) == 0 ? From(status) : throw SyscallException.FromLastError("fstat");
    }

    // makedev(3).
    private static FileStatus From(in stat status)
    {
        ulong node = (ulong)status.st_rdev;
        return new FileStatus
        {
            Type = (uint)status.st_mode & (uint)S_IFMT,
            Mode = (ushort)((uint)status.st_mode & 0xFFF),
            UserId = (uint)status.st_uid,
            GroupId = (uint)status.st_gid,
            Size = (long)status.st_size,
            ModifiedSeconds = (long)status.st_mtim.tv_sec,
            ModifiedNanoseconds = (int)(long)status.st_mtim.tv_nsec,
            ChangedSeconds = (long)status.st_ctim.tv_sec,
            ChangedNanoseconds = (int)(long)status.st_ctim.tv_nsec,
            Device = (ulong)status.st_dev,
            Inode = (ulong)status.st_ino,
            LinkCount = (ulong)status.st_nlink,
            DeviceMajor = (uint)(((node >> 8) & 0xFFF) | ((node >> 32) & 0xFFFFF000)),
            DeviceMinor = (uint)((node & 0xFF) | ((node >> 12) & 0xFFFFFF00)),
        };
    }
}
