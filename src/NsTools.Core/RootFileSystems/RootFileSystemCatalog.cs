using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;

namespace NsTools.RootFileSystems;

/// <summary>Finds root file systems on disk: whole ones, and what was cut off.</summary>
public static class RootFileSystemCatalog
{
    /// <summary>The root file system in a directory.</summary>
    /// <param name="path">Absolute path of the directory.</param>
    /// <exception cref="NsToolsException">
    /// There is no such directory (<c>RootFileSystemNotFound</c>), or nothing in it looks like one (<c>NotARootFileSystem</c>).
    /// </exception>
    public static RootFileSystem Get(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new NsToolsException(
                FailureKind.NotFound,
                "RootFileSystemNotFound",
                File.Exists(path) ? $"'{path}' is a file, not a directory." : $"There is no directory '{path}'.");
        }
        return Find(path) ?? throw new NsToolsException(
            FailureKind.InvalidArgument,
            "NotARootFileSystem",
            $"'{path}' does not look like a root file system: it has neither an os-release nor the usual directories (bin, etc, usr, lib, …).",
            $"Name the root file system itself; any other directory is removed by Remove-Item -Recurse '{path}'.");
    }

    /// <summary>The root file system in a directory; null where there is none.</summary>
    /// <param name="path">Absolute path of a directory.</param>
    /// <exception cref="Interop.Syscalls.SyscallException">It cannot be looked at.</exception>
    public static RootFileSystem? Find(string path)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        if (PartialDirectory.IsPartialName(Path.GetFileName(path)))
            return new RootFileSystem { Path = path, State = RootFileSystemState.Partial };
        if (HostOverlay.Read(path) is { } overlay)
            return OfOverlay(path, overlay);
        return RootFileSystemInspector.IsRootFileSystem(path) ? RootFileSystemInspector.Inspect(path) : null;
    }

    /// <summary>What was cut off while the root file system of this path, or one beside it, was made or removed.</summary>
    /// <param name="parent">Absolute path of a directory.</param>
    /// <returns>The leftovers in it, each with the name of what it was to be.</returns>
    public static IEnumerable<(string Name, RootFileSystem Leftover)> Leftovers(string parent)
    {
        foreach (string path in Directory.EnumerateDirectories(parent).Order(StringComparer.Ordinal))
        {
            if (PartialDirectory.NameOf(Path.GetFileName(path)) is { } name)
                yield return (name, new RootFileSystem { Path = path, State = RootFileSystemState.Partial });
        }
    }

    private static RootFileSystem OfOverlay(string path, HostOverlay overlay)
    {
        // An ordinary user's overlays are mounted when a process starts: what is in them is the host's.
        if (overlay.Directories.Count > 0)
            return RootFileSystemInspector.Inspect("/") with { Path = path, Source = HostOverlay.SourceName };
        using SafeFileHandle root = DirectoryHandle.Open(path);
        return DirectoryHandle.IsMountPoint(root)
            ? RootFileSystemInspector.Inspect(path) with { Source = HostOverlay.SourceName }
            : new RootFileSystem { Path = path, State = RootFileSystemState.Unmounted, Source = HostOverlay.SourceName };
    }
}
