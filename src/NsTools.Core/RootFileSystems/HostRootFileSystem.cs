using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>
/// Makes root file systems out of the host's own, without a download: a writable overlay over it. As root it is
/// mounted; for an ordinary user it is prepared, and mounted when a process starts in it (<see cref="RootFileSystemMounts"/>).
/// </summary>
public static class HostRootFileSystem
{
    /// <summary>Makes one.</summary>
    /// <param name="path">Absolute path of the directory: none yet, or an empty one.</param>
    /// <exception cref="NsToolsException">Something is there already.</exception>
    /// <exception cref="SyscallException">A step failed, and nothing is left; <c>EINVAL</c>: the directory's file system cannot hold an overlay's upper layer.</exception>
    public static RootFileSystem Create(string path)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        string layers = HostOverlay.LayersOf(path);
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any() || File.Exists(path) || Directory.Exists(layers))
        {
            throw new NsToolsException(
                FailureKind.AlreadyExists,
                "DestinationNotEmpty",
                Directory.Exists(layers) ? $"'{layers}' exists: '{path}' is an overlay already." : $"The path '{path}' exists and is not an empty directory.",
                $"Choose another, or remove it first: Remove-RootFileSystem '{path}'.");
        }
        bool existed = Directory.Exists(path);
        try
        {
            Directory.CreateDirectory(layers, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.CreateDirectory(path);
            if (LibC.geteuid() == 0)
                MountOverAll(path, layers);
            else
                Prepare(path, layers);
        }
        catch
        {
            Undo(path, layers, existed);
            throw;
        }
        return RootFileSystemCatalog.Get(path);
    }

    private static void MountOverAll(string path, string layers)
    {
        string upper = Path.Join(layers, "upper"), work = Path.Join(layers, "work");
        Directory.CreateDirectory(upper);
        Directory.CreateDirectory(work);
        // The upper directory is the root that one sees: it has the host root's mode, not our umask's.
        File.SetUnixFileMode(upper, File.GetUnixFileMode("/"));
        new HostOverlay().Write(path);
        using SafeFileHandle mount = FileSystemContext.Mount(
            "overlay", "overlay", MountOptions.Parse(["lowerdir=/", $"upperdir={upper}", $"workdir={work}"]));
        using SafeFileHandle target = DirectoryHandle.Open(path);
        MountTree.Attach(mount, target, path);
    }

    private static void Prepare(string path, string layers)
    {
        var skeleton = new HostSkeleton(path);
        IReadOnlyList<string> directories = skeleton.Make();
        foreach (string directory in directories)
        {
            Directory.CreateDirectory(Path.Join(layers, "upper", RootFileSystemMounts.LayerName(directory)));
            Directory.CreateDirectory(Path.Join(layers, "work", RootFileSystemMounts.LayerName(directory)));
        }
        new HostOverlay { Directories = directories }.Write(path);
    }

    private static void Undo(string path, string layers, bool existed)
    {
        using SafeFileHandle parent = DirectoryHandle.Open(Path.GetDirectoryName(path)!);
        TreeRemover.Remove(parent, Path.GetFileName(path), CancellationToken.None);
        TreeRemover.Remove(parent, Path.GetFileName(layers), CancellationToken.None);
        if (existed)
            Directory.CreateDirectory(path);
    }
}
