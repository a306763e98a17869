namespace NsTools.Cgroups;

/// <summary>What names a cgroup: its path, and where the naming thing says so, only some hierarchies of it.</summary>
/// <param name="Path">The path in the hierarchies, in normal form: <c>/</c>, <c>/a/b</c>.</param>
/// <param name="MountPoints">Only the hierarchies that are mounted here; null for all that have the path.</param>
public sealed record CgroupReference(string Path, IReadOnlyList<string>? MountPoints = null)
{
    /// <summary>The cgroup that a user's words name.</summary>
    /// <param name="path"><c>a/b</c>, <c>/a/b</c>, <c>/</c>.</param>
    /// <exception cref="NsToolsException">It is no path of a cgroup (<c>InvalidCgroupPath</c>): <c>..</c>, a control character.</exception>
    public static CgroupReference FromPath(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Exists(parts, part => part is ".."))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidCgroupPath", $"The cgroup path '{path}' has a '..', which could lead out of the hierarchy.",
                "Name the cgroup by its path from the root of the hierarchy, such as /workshop/a.");
        }
        if (path.Length == 0 || path.Any(char.IsControl))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidCgroupPath", "A cgroup path may not be empty or have control characters in it.",
                "Name the cgroup by its path from the root of the hierarchy, such as /workshop/a.");
        }
        return new CgroupReference("/" + string.Join('/', parts.Where(part => part != ".")));
    }

    /// <summary>The cgroup that an object is of.</summary>
    /// <param name="cgroup">The object.</param>
    public static CgroupReference FromCgroup(Cgroup cgroup) => FromDirectories(cgroup.Path, cgroup.Directories);

    /// <summary>The cgroup with these directories.</summary>
    /// <param name="path">Its path in the hierarchies.</param>
    /// <param name="directories">Its directories in the file system, each a mount point and the path.</param>
    public static CgroupReference FromDirectories(string path, IEnumerable<string> directories)
    {
        string suffix = path == "/" ? "" : path;
        List<string> mountPoints = [];
        foreach (string directory in directories)
        {
            if (directory.EndsWith(suffix, StringComparison.Ordinal))
                mountPoints.Add(directory[..^suffix.Length]);
        }
        return FromPath(path) with { MountPoints = mountPoints.Count == 0 ? null : mountPoints };
    }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
