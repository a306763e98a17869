using NsTools.Interop.Cgroups;

namespace NsTools.Cgroups;

/// <summary>A cgroup held open in every hierarchy that has it.</summary>
public sealed class CgroupHandle : IDisposable
{
    internal CgroupHandle(string path, IReadOnlyList<CgroupDirectory> directories)
    {
        Path = path;
        Directories = directories;
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Its directories, v1 hierarchies first.</summary>
    public IReadOnlyList<CgroupDirectory> Directories { get; }

    /// <summary>Which kernel interfaces it is on.</summary>
    public CgroupVersion Version =>
        (Directories.Any(directory => directory.Hierarchy.Version == HierarchyVersion.V1) ? CgroupVersion.V1 : 0)
        | (Directories.Any(directory => directory.Hierarchy.Version == HierarchyVersion.V2) ? CgroupVersion.V2 : 0);

    /// <summary>The controllers that work on it, each with its directory.</summary>
    internal IEnumerable<(CgroupController Controller, CgroupDirectory Directory)> Controllers()
    {
        foreach (CgroupDirectory directory in Directories)
        {
            IReadOnlyList<string>? enabled = Enabled(directory);
            foreach (CgroupController controller in CgroupControllers.Of(directory.Hierarchy))
            {
                if (enabled is null || enabled.Contains(controller.Name) || controller is Interop.Cgroups.V2.CoreFiles or Interop.Cgroups.V2.DevicesController)
                    yield return (controller, directory);
            }
        }
    }

    /// <summary>The kernel's names of the controllers that work on it.</summary>
    internal IReadOnlyList<string> ControllerNames() =>
        [.. Directories.SelectMany(directory => Enabled(directory) ?? directory.Hierarchy.Controllers).Order(StringComparer.Ordinal)];

    /// <summary>The object for users.</summary>
    /// <exception cref="Interop.Syscalls.SyscallException">It has been removed meanwhile, or may not be read.</exception>
    public Cgroup Describe()
    {
        IReadOnlyList<CgroupDirectory> freezers = [.. Directories.Where(CgroupFreezer.CanFreeze)];
        return new Cgroup
        {
            Path = Path,
            Version = Version,
            Controllers = [.. ControllerNames()],
            Directories = [.. Directories.Select(directory => directory.ToString())],
            ProcessCount = Processes().Count,
            IsFrozen = freezers.Any(CgroupFreezer.IsFrozen),
        };
    }

    /// <summary>The processes in it, in any of its hierarchies, ascending.</summary>
    /// <exception cref="Interop.Syscalls.SyscallException">It has been removed meanwhile, or may not be read.</exception>
    public IReadOnlyCollection<int> Processes()
    {
        SortedSet<int> processes = [];
        foreach (CgroupDirectory directory in Directories)
            processes.UnionWith(directory.Processes());
        return processes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CgroupDirectory directory in Directories)
            directory.Dispose();
    }

    // A v1 hierarchy's controllers work on all its cgroups; on v2 the parent decides (cgroup.subtree_control).
    private static string[]? Enabled(CgroupDirectory directory) =>
        directory.Hierarchy.Version == HierarchyVersion.V1 ? null : directory.TryRead("cgroup.controllers")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
