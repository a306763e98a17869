using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups;

/// <summary>
/// One mounted cgroup hierarchy. Paths beneath it are resolved by the kernel on a descriptor of the mount point
/// (<c>openat2(2)</c>, <c>RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS</c>): whatever a path holds, it never leads out.
/// </summary>
public sealed class CgroupHierarchy : IDisposable
{
    private const ResolveFlags Inside = ResolveFlags.Beneath | ResolveFlags.NoSymlinks | ResolveFlags.NoMagicLinks;

    private SafeFileHandle? _root;

    private SafeFileHandle RootHandle => _root ??= Descriptor.Open(MountPoint, O_PATH | O_DIRECTORY);

    /// <summary>Which interface it speaks.</summary>
    public required HierarchyVersion Version { get; init; }

    /// <summary>Where it is mounted.</summary>
    public required string MountPoint { get; init; }

    /// <summary>
    /// The cgroup that the mount point shows: <c>/</c>, or deeper where only a part is mounted (a container without a
    /// cgroup namespace), or <c>/..</c> where it lies outside the caller's cgroup namespace (<c>cgroup_namespaces(7)</c>).
    /// </summary>
    public required string Root { get; init; }

    /// <summary>The controllers that it has, as <c>/proc/cgroups</c> names them.</summary>
    public required IReadOnlyList<string> Controllers { get; init; }

    /// <summary>Name of a v1 hierarchy without controllers (<c>name=systemd</c>); null for none.</summary>
    public string? Name { get; init; }

    /// <summary>True when it is mounted read-only.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Opens a cgroup.</summary>
    /// <param name="path">Its path in the hierarchy: <c>/</c>, <c>/a/b</c>.</param>
    /// <exception cref="SyscallException">It cannot be opened: <c>ENOENT</c>, <c>EXDEV</c> for a path that leads out, <c>ELOOP</c> for a symbolic link.</exception>
    public CgroupDirectory Open(string path)
    {
        int error = TryOpen(path, out CgroupDirectory? directory);
        return directory ?? throw new SyscallException("openat2", error, FullPath(path));
    }

    /// <summary>Opens a cgroup; null when it does not exist.</summary>
    /// <param name="path">Its path in the hierarchy.</param>
    /// <exception cref="SyscallException">It exists and cannot be opened.</exception>
    public CgroupDirectory? TryOpen(string path)
    {
        int error = TryOpen(path, out CgroupDirectory? directory);
        return error is 0 || error == ENOENT ? directory : throw new SyscallException("openat2", error, FullPath(path));
    }

    /// <summary>Removes one cgroup (<c>rmdir(2)</c>).</summary>
    /// <param name="path">Its path in the hierarchy.</param>
    /// <returns>False when it was not there.</returns>
    /// <exception cref="SyscallException"><c>EBUSY</c>: it has processes or child cgroups.</exception>
    public bool Remove(string path)
    {
        int error = TryRemove(path);
        return error == 0 || (error == ENOENT ? false : throw new SyscallException("rmdir", error, FullPath(path)));
    }

    /// <summary>The same, giving the error number instead of an exception.</summary>
    /// <param name="path">Its path in the hierarchy.</param>
    /// <returns>0, or the positive error number.</returns>
    public unsafe int TryRemove(string path)
    {
        using CgroupDirectory? parent = IsTop(path) ? null : TryOpen(ParentOf(path));
        if (parent is null && !IsTop(path))
            return ENOENT;
        fixed (byte* name = PathBytes.Of(path[(path.LastIndexOf('/') + 1)..]))
            return unlinkat(parent?.Number ?? Descriptor.Number(RootHandle), name, AT_REMOVEDIR) == 0 ? 0 : errno;
    }

    /// <summary>Makes a cgroup right beneath the root (<c>mkdir(2)</c>), where no way has to be resolved; as <see cref="CgroupDirectory.Create"/>.</summary>
    internal unsafe bool CreateTop(string path)
    {
        fixed (byte* name = PathBytes.Of(path[1..]))
        {
            if (mkdirat(Descriptor.Number(RootHandle), name, 0x1ED) == 0) // 0755
                return true;
            return errno == EEXIST ? false : throw SyscallException.FromLastError("mkdir", FullPath(path));
        }
    }

    /// <summary>True for a cgroup right beneath the root.</summary>
    internal static bool IsTop(string path) => path.LastIndexOf('/') == 0;

    /// <summary>Path of a cgroup's directory in the file system.</summary>
    /// <param name="path">The cgroup's path in the hierarchy.</param>
    public string FullPath(string path) => path == "/" ? MountPoint : MountPoint + path;

    /// <summary>The path beneath <see cref="MountPoint"/> of a cgroup as <c>/proc/PID/cgroup</c> names it; null when it lies outside the mount.</summary>
    /// <param name="path">Third field of a line of <c>/proc/PID/cgroup</c>.</param>
    public string? ToMounted(string path)
    {
        if (Root == "/")
            return path.StartsWith("/..", StringComparison.Ordinal) ? null : path;
        if (path == Root)
            return "/";
        return path.StartsWith(Root + "/", StringComparison.Ordinal) ? path[Root.Length..] : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _root?.Dispose();

    /// <inheritdoc/>
    public override string ToString() => MountPoint;

    /// <summary>The path of the cgroup above one; the root's is the root.</summary>
    /// <param name="path">A path in the hierarchy, in normal form.</param>
    internal static string ParentOf(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    private int TryOpen(string path, out CgroupDirectory? directory)
    {
        string relative = path.TrimStart('/');
        int error = OpenAt2.TryOpen(
            RootHandle, PathBytes.Of(relative.Length == 0 ? "." : relative), O_RDONLY | O_DIRECTORY, Inside, 0, out SafeFileHandle? handle);
        directory = handle is null ? null : new CgroupDirectory(this, path, handle);
        return error;
    }
}
