using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.FileSystems;

/// <summary>
/// Makes files below one directory and never outside it: every name is made in a descriptor of its directory, with
/// calls that follow no link. What is already there under the name is replaced, as <c>tar -x</c> does for a name
/// that comes twice; only a directory that is not empty stays, and a directory takes the place of none.
/// New files and directories are the caller's alone (0600, 0700) until their metadata is set.
/// </summary>
/// <param name="directories">The tree.</param>
/// <param name="replacesTrees">True: whatever is no directory also replaces a directory that is not empty, as in the layers of an image.</param>
public sealed class TreeWriter(DirectoryCache directories, bool replacesTrees = false)
{
    private const int Exists = 17, IsDirectory = 21, NotEmpty = 39, NotFound = 2, NotPermitted = 1;

    private unsafe delegate int Making(int parent, byte* name);

    /// <summary>Called after something that is no regular file has been taken away, with all below it.</summary>
    public Action<RelativePath>? Removed { get; init; }

    /// <summary>Makes an empty file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>The file, open for writing.</returns>
    /// <exception cref="SyscallException">A call failed.</exception>
    public unsafe SafeFileHandle CreateFile(RelativePath path)
    {
        int descriptor = Make("openat", path, static (parent, name) =>
            openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)(ushort)0x180));
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Makes a directory; one that is there already stays as it is.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public unsafe void CreateDirectory(RelativePath path)
    {
        if (path.IsRoot)
            return;
        int parent = (int)directories.ParentOf(path).DangerousGetHandle();
        fixed (byte* name = path.TerminatedName)
        {
            if (mkdirat(parent, name, (mode_t)(ushort)0x1C0) >= 0)
                return;
            if (errno != Exists)
                throw SyscallException.FromLastError("mkdirat", path.ToString());
            stat status;
            if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode))
                return;
            Replace(parent, name, path);
            if (mkdirat(parent, name, (mode_t)(ushort)0x1C0) < 0)
                throw SyscallException.FromLastError("mkdirat", path.ToString());
        }
    }

    /// <summary>Makes a symbolic link; what it says is kept as it is and not looked at.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="terminatedTarget">What it says, ended by a NUL.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public unsafe void CreateSymbolicLink(RelativePath path, byte[] terminatedTarget) =>
        Make("symlinkat", path, (parent, name) =>
        {
            fixed (byte* target = terminatedTarget)
                return symlinkat(target, parent, name);
        });

    /// <summary>Gives an existing file of the tree a second name.</summary>
    /// <param name="path">The new name.</param>
    /// <param name="existing">The existing one; a symbolic link is linked itself.</param>
    /// <exception cref="SyscallException">A call failed; <c>ENOENT</c>: there is no such file.</exception>
    public unsafe void CreateHardLink(RelativePath path, RelativePath existing)
    {
        if (path.Bytes.SequenceEqual(existing.Bytes))
            return;
        // The directory of the existing name stays in the cache during the next look-up: it was used last.
        int source = (int)directories.ExistingParentOf(existing).DangerousGetHandle();
        byte[] sourceName = existing.TerminatedName.ToArray();
        Make("linkat", path, (parent, name) =>
        {
            fixed (byte* from = sourceName)
                return linkat(source, from, parent, name, 0);
        });
    }

    /// <summary>Makes a FIFO or a device node.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="type"><c>S_IFIFO</c>, <c>S_IFCHR</c> or <c>S_IFBLK</c>.</param>
    /// <param name="major">Major device number, 0 for a FIFO.</param>
    /// <param name="minor">Minor device number, 0 for a FIFO.</param>
    /// <exception cref="SyscallException">A call failed; <c>EPERM</c>: devices need <c>CAP_MKNOD</c> of the initial user namespace.</exception>
    public unsafe void CreateNode(RelativePath path, uint type, uint major, uint minor)
    {
        // makedev(3).
        ulong device = ((ulong)(major & 0xFFFFF000) << 32) | ((major & 0xFFFUL) << 8) | ((ulong)(minor & 0xFFFFFF00) << 12) | (minor & 0xFFUL);
        Make("mknodat", path, (parent, name) => mknodat(parent, name, (mode_t)(ushort)(type | 0x180), (dev_t)device));
    }

    private unsafe int Make(string syscall, RelativePath path, Making making)
    {
        if (path.IsRoot)
            throw new SyscallException(syscall, IsDirectory, path.ToString());
        int parent = (int)directories.ParentOf(path).DangerousGetHandle();
        fixed (byte* name = path.TerminatedName)
        {
            int result = making(parent, name);
            if (result >= 0)
                return result;
            if (errno != Exists)
                throw SyscallException.FromLastError(syscall, path.ToString());
            Replace(parent, name, path);
            result = making(parent, name);
            return result >= 0 ? result : throw SyscallException.FromLastError(syscall, path.ToString());
        }
    }

    /// <summary>Takes away what is at a path, with all that is below it.</summary>
    /// <param name="path">Its path, without links on its way; one that is not there is no error.</param>
    /// <param name="cancellation">Stops half-way.</param>
    /// <exception cref="SyscallException">A call failed.</exception>
    public unsafe void Remove(RelativePath path, CancellationToken cancellation)
    {
        SafeFileHandle parent = directories.ExistingParentOf(path);
        fixed (byte* name = path.TerminatedName)
        {
            bool isFile = IsFile(Descriptor.Number(parent), name);
            int error = unlinkat(Descriptor.Number(parent), name, 0) < 0 ? errno : 0;
            if (isFile && error == 0)
                return;
            if (error is IsDirectory or NotPermitted)
                TreeRemover.Remove(parent, path, cancellation);
            else if (error is not 0 and not NotFound)
                throw new SyscallException("unlinkat", error, path.ToString());
        }
        directories.Invalidate();
        Removed?.Invoke(path);
    }

    // A link may be on the way of other cached descriptors: they are stale now.
    private unsafe void Replace(int parent, byte* name, RelativePath path)
    {
        bool isFile = IsFile(parent, name);
        int result = unlinkat(parent, name, 0);
        int error = result < 0 ? errno : 0;
        if (isFile && error == 0)
            return;
        if (error is IsDirectory or NotPermitted)
        {
            result = unlinkat(parent, name, AT_REMOVEDIR);
            error = result < 0 ? errno : 0;
        }
        if (error == NotEmpty && replacesTrees)
        {
            TreeRemover.Remove(directories.ParentOf(path), path, CancellationToken.None);
            error = 0;
        }
        if (error == NotEmpty)
            throw new SyscallException("unlinkat", NotEmpty, path.ToString(), "a directory that is not empty is not replaced by something else");
        if (error is not 0 and not NotFound)
            throw new SyscallException("unlinkat", error, path.ToString());
        directories.Invalidate();
        Removed?.Invoke(path);
    }

    // No way leads over one, so that no descriptor gets stale with it.
    private static unsafe bool IsFile(int parent, byte* name)
    {
        stat status;
        return fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
    }
}
