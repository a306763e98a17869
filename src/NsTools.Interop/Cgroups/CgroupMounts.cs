using NsTools.Interop.Mounts;

namespace NsTools.Interop.Cgroups;

/// <summary>Finds the hierarchies that are mounted where the caller sees them.</summary>
public static class CgroupMounts
{
    private const string Usual = "/sys/fs/cgroup";

    /// <summary>Every hierarchy once, v1 ones first. Where one is mounted in several places, the usual and widest one.</summary>
    /// <exception cref="Syscalls.SyscallException">The mount table or <c>/proc/cgroups</c> cannot be read.</exception>
    public static IReadOnlyList<CgroupHierarchy> Find() => Find(MountInfo.Read("/proc/self/mountinfo"), KernelControllers());

    /// <summary>The same from a given mount table.</summary>
    /// <param name="mounts">The mount table.</param>
    /// <param name="known">The kernel's controllers (<c>/proc/cgroups</c>).</param>
    internal static IReadOnlyList<CgroupHierarchy> Find(IReadOnlyList<MountInfoEntry> mounts, IReadOnlySet<string> known) =>
        [.. mounts
            .Where(mount => mount.FileSystem is "cgroup" or "cgroup2" && !IsHidden(mount, mounts))
            // One superblock is one hierarchy.
            .GroupBy(mount => (mount.Major, mount.Minor))
            .Select(same => same
                .OrderBy(mount => mount.Target.StartsWith(Usual, StringComparison.Ordinal) ? 0 : 1)
                .ThenBy(mount => mount.Root.Length)
                .First())
            .Select(mount => ToHierarchy(mount, known))
            .OrderBy(hierarchy => hierarchy.Version)];

    /// <summary>A mount that a later one on the same place, or on a directory above it, covers cannot be reached by its path.</summary>
    private static bool IsHidden(MountInfoEntry mount, IReadOnlyList<MountInfoEntry> mounts) =>
        mounts.Any(other => other.ParentId == mount.Id && other.Target == mount.Target);

    private static CgroupHierarchy ToHierarchy(MountInfoEntry mount, IReadOnlySet<string> known)
    {
        bool isUnified = mount.FileSystem == "cgroup2";
        CgroupHierarchy hierarchy = new()
        {
            Version = isUnified ? HierarchyVersion.V2 : HierarchyVersion.V1,
            MountPoint = mount.Target,
            Root = mount.Root,
            Controllers = isUnified ? UnifiedControllers(mount.Target) : [.. mount.FileSystemOptions.Where(known.Contains)],
            Name = mount.FileSystemOptions.FirstOrDefault(option => option.StartsWith("name=", StringComparison.Ordinal))?["name=".Length..],
            IsReadOnly = mount.MountOptions.Contains("ro") || mount.FileSystemOptions.Contains("ro"),
        };
        return hierarchy;
    }

    private static string[] UnifiedControllers(string mountPoint)
    {
        try
        {
            return File.ReadAllText(mountPoint + "/cgroup.controllers").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        }
        catch (FileNotFoundException)
        {
            // Something that is no cgroup directory covers the mount point's content.
            return [];
        }
    }

    private static HashSet<string> KernelControllers() =>
        [.. File.ReadLines("/proc/cgroups").Where(line => !line.StartsWith('#')).Select(line => line.Split('\t')[0])];
}
