using NsTools.Interop.Mounts;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>
/// The directories of a root over the host's, as an ordinary user makes them: the host's symbolic links
/// (<c>/bin -> usr/bin</c>), empty places for what is the host's own, and mount points for the overlays.
/// </summary>
/// <param name="path">The root's directory.</param>
internal sealed class HostSkeleton(string path)
{
    // An overlay over a directory with mounts below it is refused in a user namespace (they are locked): one level
    // down it can do.
    private const int MaximumDepth = 3;

    private static readonly HashSet<string> s_empty =
        ["boot", "dev", "home", "lost+found", "media", "mnt", "proc", "root", "run", "sys", "tmp"];

    private readonly List<string> _mounts =
        [.. MountInfo.Read("/proc/self/mountinfo").Select(m => m.Target).Where(t => t != "/")];

    private readonly List<string> _overlays = [];

    /// <summary>Makes them.</summary>
    /// <returns>The host's directories, without leading slash, to mount an overlay over.</returns>
    public IReadOnlyList<string> Make()
    {
        AddChildren("", depth: 1);
        return _overlays;
    }

    private void AddChildren(string directory, int depth)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo($"/{directory}").EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            string relative = Path.Join(directory, entry.Name);
            if (entry.LinkTarget is { } target)
                File.CreateSymbolicLink(Path.Join(path, relative), target);
            else if (entry is DirectoryInfo)
                AddDirectory(relative, entry, depth);
        }
    }

    private void AddDirectory(string relative, FileSystemInfo host, int depth)
    {
        string made = Path.Join(path, relative);
        Directory.CreateDirectory(made);
        if (depth == 1 && s_empty.Contains(relative))
        {
            if (relative == "tmp")
                File.SetUnixFileMode(made, host.UnixFileMode);
            return;
        }
        if (_mounts.Contains($"/{relative}") || !CanRead($"/{relative}"))
            return;
        if (!_mounts.Any(m => m.StartsWith($"/{relative}/", StringComparison.Ordinal)))
            _overlays.Add(relative);
        else if (depth < MaximumDepth)
            AddChildren(relative, depth + 1);
    }

    private static unsafe bool CanRead(string directory)
    {
        const int ReadAndSearch = 4 | 1;
        fixed (byte* bytes = Interop.Syscalls.PathBytes.Of(directory))
            return LibC.faccessat(LibC.AT_FDCWD, bytes, ReadAndSearch, LibC.AT_EACCESS) == 0;
    }
}
