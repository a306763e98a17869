using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.RootFileSystems;

/// <summary>Removes root file systems, and nothing else.</summary>
public static class RootFileSystemRemover
{
    // sys/mount.h; not in Tmds.LibC.
    private const int Detach = 2, NoFollow = 8;

    /// <summary>
    /// Removes a root file system with its overlay. It is renamed first: what an interruption leaves is recognisably
    /// partial. No link is followed and no mount crossed.
    /// </summary>
    /// <param name="path">Absolute path of its directory.</param>
    /// <param name="force">True also detaches what is mounted in it, and removes the root of a running namespace set.</param>
    /// <param name="cancellation">Stops half-way; what is left is partial.</param>
    /// <exception cref="NsToolsException">
    /// It is none (<c>NotARootFileSystem</c>), is in use (<c>RootFileSystemInUse</c>, <c>RootFileSystemHasMounts</c>), or is being made.
    /// </exception>
    /// <exception cref="SyscallException">A file could not be removed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Remove(string path, bool force, CancellationToken cancellation)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        string? parentPath = Path.GetDirectoryName(path);
        if (parentPath is null)
            throw new NsToolsException(FailureKind.InvalidArgument, "NotARootFileSystem", "'/' is the host's own root: it is not removed.");
        bool isOverlay = HostOverlay.Exists(path);
        CheckIsRootFileSystem(path, isOverlay);
        if (!force)
            CheckUse(path);
        RemoveMounts(path, isOverlay, force);
        using SafeFileHandle parent = DirectoryHandle.Open(parentPath);
        RemoveTree(parent, path, cancellation);
        if (isOverlay)
            RemoveTree(parent, HostOverlay.LayersOf(path), cancellation);
    }

    private static void CheckIsRootFileSystem(string path, bool isOverlay)
    {
        if (new FileInfo(path).LinkTarget is { } target)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "NotARootFileSystem", $"'{path}' is a symbolic link to '{target}'.", "Name the directory itself.");
        }
        // An empty directory is one that nothing has been put in yet.
        if (!isOverlay && !(Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).Any()))
            RootFileSystemCatalog.Get(path);
        using SafeFileHandle handle = DirectoryHandle.Open(path);
        if (PartialDirectory.IsPartialName(Path.GetFileName(path)) && !DirectoryHandle.TryLock(handle))
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "RootFileSystemInUse",
                $"'{path}' is just being made or removed by another process.",
                "Wait until that has ended, or end it.");
        }
    }

    private static void CheckUse(string path)
    {
        NamespaceSet? user = NamespaceStore.Current.List().FirstOrDefault(
            set => set.State == NamespaceSetState.Running && set.Root is { } root && IsAtOrBelow(Path.TrimEndingDirectorySeparator(root), path));
        if (user is not null)
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "RootFileSystemInUse",
                $"'{path}' is the root of the running namespace set '{user.Name}'.",
                $"End that first: Remove-Namespace '{user.Name}'; or use -Force.");
        }
    }

    private static void RemoveMounts(string path, bool isOverlay, bool force)
    {
        // The last mounted first.
        List<MountInfoEntry> mounts = [.. MountInfo.Read("/proc/self/mountinfo").Where(m => IsAtOrBelow(m.Target, path)).Reverse()];
        MountInfoEntry? foreign = mounts.FirstOrDefault(m => !(isOverlay && m.Target == path && m.FileSystem == "overlay"));
        if (foreign is not null && !force)
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "RootFileSystemHasMounts",
                $"'{foreign.Target}' is a mount point ({foreign.FileSystem}, of {foreign.Source}) in the root file system '{path}'.",
                $"Dismount-FileSystem '{foreign.Target}' first, or use -Force, which detaches all that is mounted in it.");
        }
        foreach (MountInfoEntry mount in mounts)
            ClassicMount.Unmount(mount.Target, NoFollow | (force ? Detach : 0));
    }

    private static void RemoveTree(SafeFileHandle parent, string path, CancellationToken cancellation)
    {
        string name = Path.GetFileName(path);
        if (!PartialDirectory.IsPartialName(name))
        {
            string partial = PartialDirectory.NewName(name);
            DirectoryHandle.Rename(parent, name, partial);
            name = partial;
        }
        OwnedTree.Remove(parent, Path.GetDirectoryName(path)!, name, cancellation);
    }

    private static bool IsAtOrBelow(string path, string directory) =>
        path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);
}
