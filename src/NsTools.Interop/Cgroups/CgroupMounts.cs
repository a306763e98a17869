using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups;

/// <summary>Finds the hierarchies that are mounted where the process sees them.</summary>
public static class CgroupMounts
{
    private const string Usual = "/sys/fs/cgroup";
    private const string Table = "/proc/self/mountinfo";

    private static readonly Lock s_lock = new();
    private static SafeFileHandle? s_changes;
    private static IReadOnlyList<CgroupHierarchy> s_found = [];

    /// <summary>Every hierarchy once, v1 ones first. Where one is mounted in several places, the usual and widest one.</summary>
    /// <remarks>
    /// Looked for again only when the mount table has changed, which the kernel tells (<c>proc_pid_mountinfo(5)</c>, poll). What is kept
    /// is what was found, no descriptor of a hierarchy: that would make its mount busy.
    /// </remarks>
    /// <exception cref="SyscallException">The mount table or <c>/proc/cgroups</c> cannot be read.</exception>
    public static IReadOnlyList<CgroupHierarchy> Find()
    {
        lock (s_lock)
        {
            if (s_changes is null || HasChanged(s_changes))
            {
                s_found = [];
                // Open before the table is read: a change in between is seen the next time.
                s_changes ??= Descriptor.Open(Table, O_RDONLY);
                s_found = Find(MountInfo.Read(Table), KernelControllers());
            }
            else if (s_found.Count == 0)
            {
                s_found = Find(MountInfo.Read(Table), KernelControllers());
            }
            return [.. s_found.Select(Again)];
        }
    }

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

    // For the owner to open and dispose of. A unified hierarchy's controllers may change without a mount: in a cgroup namespace its root is no real one.
    private static CgroupHierarchy Again(CgroupHierarchy found) => new()
    {
        Version = found.Version,
        MountPoint = found.MountPoint,
        Root = found.Root,
        Controllers = found.Version == HierarchyVersion.V2 ? UnifiedControllers(found.MountPoint) : found.Controllers,
        Name = found.Name,
        IsReadOnly = found.IsReadOnly,
    };

    private static unsafe bool HasChanged(SafeFileHandle table)
    {
        pollfd item = new() { fd = Descriptor.Number(table), events = POLLPRI };
        // Failing is no reason to believe that nothing has changed.
        return poll(&item, 1u, 0) != 0;
    }

    private static unsafe string[] UnifiedControllers(string mountPoint)
    {
        const int Length = 1024;
        byte* text = stackalloc byte[Length];
        fixed (byte* path = PathBytes.Of(mountPoint + "/cgroup.controllers"))
        {
            int file = open(path, O_RDONLY | O_CLOEXEC, 0);
            long count = file < 0 ? -1 : read(file, text, Length);
            if (file >= 0)
                _ = close(file);
            // None: something that is no cgroup directory covers the mount point's content.
            return count <= 0 ? [] : System.Text.Encoding.ASCII.GetString(text, (int)count).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        }
    }

    private static HashSet<string> KernelControllers() =>
        [.. File.ReadLines("/proc/cgroups").Where(line => !line.StartsWith('#')).Select(line => line.Split('\t')[0])];
}
