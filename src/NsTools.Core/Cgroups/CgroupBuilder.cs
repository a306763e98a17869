using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Makes cgroups.</summary>
/// <param name="system">The hierarchies.</param>
public sealed class CgroupBuilder(CgroupSystem system)
{
    private const string Delegated = "cgroup.subtree_control";

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
                int before = made.Count;
                directories.Add(Create(hierarchy, path.Path, controllers, made));
                isNew |= made.Count > before;
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

    private static CgroupDirectory Create(
        CgroupHierarchy hierarchy, string path, IReadOnlyList<string>? controllers, List<(CgroupHierarchy, string)> made)
    {
        if (path == "/")
            return hierarchy.Open("/");
        string parentPath = path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : "/";
        using CgroupDirectory parent = hierarchy.TryOpen(parentPath) ?? Create(hierarchy, parentPath, controllers, made);
        if (hierarchy.Version == HierarchyVersion.V2)
            Delegate(hierarchy, parentPath, controllers);
        bool isNew = parent.Create(path[(path.LastIndexOf('/') + 1)..]);
        if (isNew)
            made.Add((hierarchy, path));
        CgroupDirectory directory = hierarchy.Open(path);
        if (!isNew)
            return directory;
        try
        {
            foreach (CgroupController controller in CgroupControllers.Of(hierarchy))
                controller.Initialize(directory, parent);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Enables controllers for the children of a cgroup and of all above it (cgroup-v2.rst, "Top-down Constraint").</summary>
    private static void Delegate(CgroupHierarchy hierarchy, string path, IReadOnlyList<string>? controllers)
    {
        IEnumerable<string> wanted = controllers is null
            ? hierarchy.Controllers
            : controllers.Select(name => CgroupControllers.NameOn(name, HierarchyVersion.V2)).Where(hierarchy.Controllers.Contains);
        for (int end = 0; end >= 0 && hierarchy.Controllers.Count > 0; end = end + 1 >= path.Length ? -1 : NextSlash(path, end + 1))
        {
            using CgroupDirectory level = hierarchy.Open(end == 0 ? "/" : path[..end]);
            string[] enabled = level.Read(Delegated).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] missing = [.. wanted.Except(enabled)];
            if (missing.Length == 0)
                continue;
            if (controllers is null)
                Enable(level, missing);
            else
                level.Write(Delegated, string.Join(' ', missing.Select(name => "+" + name)));
        }
    }

    // Nobody asked for a certain one: those that cannot be had here (cpu while real-time tasks run, …) are left out,
    // unless none can be had for one and the same reason.
    private static void Enable(CgroupDirectory level, string[] missing)
    {
        HashSet<string> available = [.. level.Read("cgroup.controllers").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        string[] possible = [.. missing.Where(available.Contains)];
        if (possible.Length == 0 || level.TryWrite(Delegated, string.Join(' ', possible.Select(name => "+" + name))) == 0)
            return;
        if (possible.Count(name => level.TryWrite(Delegated, "+" + name) != 0) == possible.Length)
            level.Write(Delegated, "+" + possible[0]);
    }

    private static int NextSlash(string path, int from) => path.IndexOf('/', from) is var slash and >= 0 ? slash : path.Length;

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
