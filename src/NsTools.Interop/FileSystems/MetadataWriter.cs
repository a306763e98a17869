using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>
/// Sets owner, mode, extended attributes and times, in the order in which none undoes another: <c>chown(2)</c>
/// clears set-user-ID bits and capabilities, and everything but the times may change the times.
/// </summary>
/// <param name="setsOwner">False leaves the owners as they are.</param>
/// <param name="onUnsupported">Called for an attribute that the file system, or the caller's rights, do not allow.</param>
/// <param name="clearsAttributes">
/// True takes away the attributes of directories that are not among those to set: what a directory of an image's lower
/// layer had is not what the same one of an upper layer has.
/// </param>
public sealed class MetadataWriter(bool setsOwner, Action<RelativePath, FileAttribute> onUnsupported, bool clearsAttributes = false)
{
    private const int NotPermitted = 1, NotFound = 2, NotADirectory = 20, Loop = 40, NotSupported = 95;
    private readonly uint _user = geteuid();
    private readonly uint _group = getegid();

    /// <summary>Sets the metadata of an open file or directory.</summary>
    /// <param name="file">The file; not an <c>O_PATH</c> descriptor.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <param name="metadata">What to set.</param>
    /// <param name="isNew">True when the caller has just made it, with its own IDs: then those need not be set again.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public unsafe void Apply(SafeFileHandle file, RelativePath path, in FileMetadata metadata, bool isNew)
    {
        int descriptor = (int)file.DangerousGetHandle();
        if (ChangesOwner(metadata, isNew) && fchown(descriptor, metadata.UserId, metadata.GroupId) < 0)
            throw SyscallException.FromLastError("fchown", path.ToString());
        if (fchmod(descriptor, (mode_t)metadata.Mode) < 0)
            throw SyscallException.FromLastError("fchmod", path.ToString());
        if (clearsAttributes && !isNew)
            ClearAttributes(file, metadata);
        foreach (FileAttribute attribute in metadata.Attributes)
            Check(ExtendedAttribute.TrySet(file, attribute.TerminatedName, attribute.Value), path, attribute);
        timespec* times = stackalloc timespec[2];
        FillTimes(times, metadata);
        if (futimens(descriptor, times) < 0)
            throw SyscallException.FromLastError("futimens", path.ToString());
    }

    /// <summary>Sets the metadata of a symbolic link, FIFO or device node.</summary>
    /// <param name="parent">The directory that it is in.</param>
    /// <param name="path">Its path: the last component is looked up in <paramref name="parent"/>.</param>
    /// <param name="metadata">What to set.</param>
    /// <param name="isSymbolicLink">True for a symbolic link, which has no mode.</param>
    /// <param name="isNew">True when the caller has just made it.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public unsafe void ApplyAt(SafeFileHandle parent, RelativePath path, in FileMetadata metadata, bool isSymbolicLink, bool isNew)
    {
        int directory = (int)parent.DangerousGetHandle();
        fixed (byte* name = path.TerminatedName)
        {
            if (ChangesOwner(metadata, isNew) && fchownat(directory, name, metadata.UserId, metadata.GroupId, AT_SYMLINK_NOFOLLOW) < 0)
                throw SyscallException.FromLastError("fchownat", path.ToString());
            if (metadata.Attributes.Count > 0 || !isSymbolicLink)
                ApplyToPath(directory, name, path, metadata, isSymbolicLink);
            timespec* times = stackalloc timespec[2];
            FillTimes(times, metadata);
            if (utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) < 0)
                throw SyscallException.FromLastError("utimensat", path.ToString());
        }
    }

    /// <summary>Sets the metadata of a directory by its path; one that something else has replaced is passed over.</summary>
    /// <param name="directories">The tree that it is in.</param>
    /// <param name="path">Its path.</param>
    /// <param name="metadata">What to set.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public void ApplyToDirectory(DirectoryCache directories, RelativePath path, in FileMetadata metadata)
    {
        SafeFileHandle parent = path.IsRoot ? directories.Root : directories.ExistingParentOf(path);
        int error = OpenAt2.TryOpen(
            parent,
            path.IsRoot ? "."u8 : path.TerminatedName,
            O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
            ResolveFlags.Beneath | ResolveFlags.NoSymlinks,
            0,
            out SafeFileHandle? directory);
        using (directory)
        {
            if (directory is not null)
                Apply(directory, path, metadata, isNew: false);
            else if (error is not NotADirectory and not Loop and not NotFound)
                throw new SyscallException("openat2", error, path.ToString());
        }
    }

    // A mode can be set by a descriptor only where that is not O_PATH, and a device must not be opened otherwise (that
    // may start it): the descriptor's name in procfs leads to the node itself (proc_pid_fd(5)).
    private unsafe void ApplyToPath(int directory, byte* name, RelativePath path, in FileMetadata metadata, bool isSymbolicLink)
    {
        int descriptor = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
        if (descriptor < 0)
            throw SyscallException.FromLastError("openat", path.ToString());
        using var node = new SafeFileHandle(descriptor, ownsHandle: true);
        if (!isSymbolicLink)
        {
            fixed (byte* procfs = PathBytes.Of($"/proc/thread-self/fd/{descriptor}"))
            {
                if (fchmodat(AT_FDCWD, procfs, (mode_t)metadata.Mode, 0) < 0)
                    throw SyscallException.FromLastError("fchmodat", path.ToString());
            }
        }
        foreach (FileAttribute attribute in metadata.Attributes)
            Check(ExtendedAttribute.TrySetOnPath(node, attribute.TerminatedName, attribute.Value), path, attribute);
    }

    // Labels are the host's matter (selinux(8)), and an overlay's own marks are not the image's.
    private static void ClearAttributes(SafeFileHandle file, in FileMetadata metadata)
    {
        foreach (byte[] name in ExtendedAttribute.List(file))
        {
            if (!name.AsSpan().StartsWith("security.selinux"u8) && !name.AsSpan().StartsWith("trusted.overlay."u8)
                && !name.AsSpan().StartsWith("user.overlay."u8) && !metadata.Attributes.Any(attribute => attribute.TerminatedName.AsSpan().SequenceEqual(name)))
                ExtendedAttribute.TryRemove(file, name);
        }
    }

    private bool ChangesOwner(in FileMetadata metadata, bool isNew) =>
        setsOwner && !(isNew && metadata.UserId == _user && metadata.GroupId == _group);

    private void Check(int error, RelativePath path, FileAttribute attribute)
    {
        if (error is NotSupported or NotPermitted)
            onUnsupported(path, attribute);
        else if (error != 0)
            throw new SyscallException("setxattr", error, path.ToString(), attribute.ToString());
    }

    // The time of last access is left: nothing has read the file, and no archive of a root depends on it.
    private static unsafe void FillTimes(timespec* times, in FileMetadata metadata)
    {
        times[0].tv_sec = 0;
        times[0].tv_nsec = UTIME_OMIT;
        times[1].tv_sec = metadata.ModifiedSeconds;
        times[1].tv_nsec = metadata.ModifiedNanoseconds;
    }
}
