using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Makes cgroups.</summary>
/// <param name="system">The hierarchies.</param>
public sealed class CgroupBuilder(CgroupSystem system)
{
    /// <summary>
    /// Makes a cgroup, with those above it that are missing, in every hierarchy that has one of the wanted controllers.
    /// On v2 the controllers are enabled all the way down to it; new v1 cpusets get their parent's CPUs and nodes.
    /// </summary>
    /// <param name="path">Its path.</param>
    /// <param name="controllers">The wanted controllers; null for all that can be had.</param>
    /// <returns>It, open.</returns>
    /// <exception cref="NsToolsException">It is there already (<c>CgroupExists</c>), or no such controller (<c>ControllerNotFound</c>).</exception>
    /// <exception cref="SyscallException">The kernel refused a step; what was made is removed again.</exception>
    public CgroupHandle Create(CgroupReference path, IReadOnlyList<string>? controllers)
    {
        List<(CgroupHierarchy Hierarchy, string Path)> made = [];
        List<CgroupDirectory> directories = [];
        try
        {
            bool isNew = false;
            foreach (CgroupHierarchy hierarchy in system.Select(controllers))
            {
                List<string> paths = [];
                try
                {
                    directories.Add(CgroupMaker.Make(hierarchy, path.Path, controllers, paths));
                }
                finally
                {
                    made.AddRange(paths.Select(each => (hierarchy, each)));
                }
                isNew |= paths.Count > 0;
            }
            if (isNew)
                return new CgroupHandle(path.Path, directories);
            throw new NsToolsException(
                FailureKind.AlreadyExists, "CgroupExists", $"The cgroup '{path.Path}' is there already.", "Use it (Get-Cgroup), choose another name, or remove it first (Remove-Cgroup).");
        }
        catch
        {
            directories.ForEach(directory => directory.Dispose());
            for (int i = made.Count - 1; i >= 0; i--)
                TryRemove(made[i].Hierarchy, made[i].Path);
            throw;
        }
    }

    private static void TryRemove(CgroupHierarchy hierarchy, string path)
    {
        try
        {
            hierarchy.Remove(path);
        }
        catch (SyscallException)
        {
            // Somebody uses it already; the failure that brought us here is the one to tell of.
        }
    }
}
