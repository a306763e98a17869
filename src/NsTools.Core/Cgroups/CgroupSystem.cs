using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>The machine's cgroup hierarchies, opened once and used for as many cgroups as wanted.</summary>
public sealed class CgroupSystem : IDisposable
{
    private CgroupSystem(IReadOnlyList<CgroupHierarchy> hierarchies) => Hierarchies = hierarchies;

    /// <summary>The hierarchies that have controllers, v1 ones first, and the unified one whether it has or not.</summary>
    public IReadOnlyList<CgroupHierarchy> Hierarchies { get; }

    /// <summary>The controllers of all hierarchies, as the kernel names them.</summary>
    public IEnumerable<string> Controllers => Hierarchies.SelectMany(hierarchy => hierarchy.Controllers);

    /// <summary>Finds the hierarchies.</summary>
    /// <exception cref="NsToolsException">None is mounted (<c>CgroupNotMounted</c>).</exception>
    public static CgroupSystem Open()
    {
        // Named v1 hierarchies (name=systemd) have no controllers and belong to whoever named them.
        CgroupHierarchy[] hierarchies =
            [.. CgroupMounts.Find().Where(hierarchy => hierarchy.Version == HierarchyVersion.V2 || hierarchy.Controllers.Count > 0)];
        return hierarchies.Length > 0
            ? new CgroupSystem(hierarchies)
            : throw new NsToolsException(
                FailureKind.NotSupported, "CgroupNotMounted", "No cgroup file system is mounted where this process can see it.",
                "Mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup.");
    }

    /// <summary>The hierarchies that have any of these controllers.</summary>
    /// <param name="controllers">Names as on v1 or v2 (<c>blkio</c> is <c>io</c>); null for all hierarchies.</param>
    /// <exception cref="NsToolsException">One of them is in none (<c>ControllerNotFound</c>).</exception>
    public IReadOnlyList<CgroupHierarchy> Select(IReadOnlyList<string>? controllers)
    {
        if (controllers is null)
            return Hierarchies;
        foreach (string name in controllers)
        {
            if (!Hierarchies.Any(hierarchy => Has(hierarchy, name)))
            {
                throw new NsToolsException(
                    FailureKind.NotFound, "ControllerNotFound", $"This system has no cgroup controller '{name}'.",
                    $"It has: {string.Join(", ", Controllers.Order(StringComparer.Ordinal))}. Others need a kernel with them (see /proc/cgroups), on v1 their hierarchy mounted.");
            }
        }
        return [.. Hierarchies.Where(hierarchy => controllers.Any(name => Has(hierarchy, name)))];
    }

    /// <summary>The hierarchies that a reference speaks of.</summary>
    /// <param name="reference">The reference.</param>
    public IEnumerable<CgroupHierarchy> Of(CgroupReference reference) =>
        reference.MountPoints is { } mountPoints ? Hierarchies.Where(hierarchy => mountPoints.Contains(hierarchy.MountPoint)) : Hierarchies;

    /// <summary>Opens a cgroup in the hierarchies that have it.</summary>
    /// <param name="reference">Which.</param>
    /// <exception cref="NsToolsException">None has it (<c>CgroupNotFound</c>).</exception>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public CgroupHandle Open(CgroupReference reference) =>
        TryOpen(reference) ?? throw new NsToolsException(
            FailureKind.NotFound, "CgroupNotFound", $"There is no cgroup '{reference.Path}'.",
            "Get-Cgroup -Recurse lists those that there are; New-Cgroup makes one.");

    /// <summary>Opens a cgroup in the hierarchies that have it; null when none has.</summary>
    /// <param name="reference">Which.</param>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public CgroupHandle? TryOpen(CgroupReference reference)
    {
        List<CgroupDirectory> directories = [];
        try
        {
            foreach (CgroupHierarchy hierarchy in Of(reference))
            {
                if (hierarchy.TryOpen(reference.Path) is { } directory)
                    directories.Add(directory);
            }
        }
        catch
        {
            directories.ForEach(directory => directory.Dispose());
            throw;
        }
        return directories.Count == 0 ? null : new CgroupHandle(reference.Path, directories);
    }

    /// <summary>The cgroups that a process is in: one, or on v1 as many as its hierarchies disagree.</summary>
    /// <param name="processId">The process.</param>
    /// <exception cref="NsToolsException">
    /// There is no such process (<c>ProcessNotFound</c>), or its cgroup lies outside what is mounted here or outside
    /// the caller's cgroup namespace (<c>CgroupOutsideNamespace</c>).
    /// </exception>
    public IReadOnlyList<CgroupReference> OfProcess(int processId)
    {
        Dictionary<string, List<string>> byPath = [];
        foreach (string line in ReadMembership(processId))
        {
            // "4:memory:/a/b"; "0::/a/b" is the unified hierarchy (proc_pid_cgroup(5)).
            string[] fields = line.Split(':', 3);
            if (fields.Length < 3)
                continue;
            CgroupHierarchy? hierarchy = Hierarchies.FirstOrDefault(candidate => fields[1].Length == 0
                ? candidate.Version == HierarchyVersion.V2
                : candidate.Version == HierarchyVersion.V1 && fields[1].Split(',').Intersect(candidate.Controllers).Any());
            if (hierarchy is null)
                continue;
            string path = hierarchy.ToMounted(fields[2]) ?? throw new NsToolsException(
                FailureKind.NotFound, "CgroupOutsideNamespace",
                $"Process {processId} is in the cgroup '{fields[2]}', which is not beneath '{hierarchy.MountPoint}' as it is mounted here (it shows '{hierarchy.Root}').",
                "Look from the host, or from a cgroup namespace that holds it: Invoke-Namespace -Type Cgroup.");
            byPath.TryAdd(path, []);
            byPath[path].Add(hierarchy.MountPoint);
        }
        return [.. byPath.Select(pair => new CgroupReference(pair.Key, byPath.Count == 1 ? null : pair.Value)).OrderBy(reference => reference.Path, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CgroupHierarchy hierarchy in Hierarchies)
            hierarchy.Dispose();
    }

    private static bool Has(CgroupHierarchy hierarchy, string name) =>
        hierarchy.Controllers.Contains(CgroupControllers.NameOn(name, hierarchy.Version));

    private static string[] ReadMembership(int processId)
    {
        try
        {
            return File.ReadAllLines($"/proc/{processId}/cgroup");
        }
        // ESRCH while the process is ending comes as IOException.
        catch (IOException gone)
        {
            throw new NsToolsException(
                FailureKind.NotFound, "ProcessNotFound", $"There is no process {processId} (any more).", "Get-Process lists those that there are.", gone);
        }
    }
}
