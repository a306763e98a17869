using NsTools.Interop.Cgroups.Systemd;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups;

/// <summary>Makes cgroups in a hierarchy: with those above that are missing, usable at once, and with their controllers on v2.</summary>
public static class CgroupMaker
{
    private const string Delegated = "cgroup.subtree_control";

    /// <summary>Makes a cgroup where it is not there yet, with those above it that are missing.</summary>
    /// <remarks>
    /// On v2 the controllers are enabled all the way down to it; a new v1 cpuset gets its parent's CPUs and nodes. Beneath a v2 cgroup
    /// that has processes none can be had: without <paramref name="controllers"/> it is made all the same, so that they can move there.
    /// </remarks>
    /// <param name="hierarchy">The hierarchy.</param>
    /// <param name="path">Its path in the hierarchy, in normal form.</param>
    /// <param name="controllers">The controllers that it must have, by either version's names; null for all that can be had. Counts on v2.</param>
    /// <param name="made">Gets the paths of those that were made, parents first, also when it fails: what the caller then undoes.</param>
    /// <returns>It, open.</returns>
    /// <exception cref="SyscallException">The kernel refused a step.</exception>
    public static CgroupDirectory Make(CgroupHierarchy hierarchy, string path, IReadOnlyList<string>? controllers, ICollection<string> made)
    {
        if (path == "/")
            return hierarchy.Open("/");
        string parentPath = CgroupHierarchy.ParentOf(path);
        if (hierarchy.Version == HierarchyVersion.V1)
        {
            // Only a cpuset needs its parent to be of use; others at the top are made by one call.
            CgroupController[] needy = [.. CgroupControllers.Of(hierarchy).Where(controller => controller.NeedsParent)];
            if (needy.Length == 0 && CgroupHierarchy.IsTop(path))
                return Finish(hierarchy, path, hierarchy.CreateTop(path), [], null, made);
            using CgroupDirectory above = hierarchy.TryOpen(parentPath) ?? Make(hierarchy, parentPath, controllers, made);
            return Finish(hierarchy, path, above.Create(NameOf(path)), needy, above, made);
        }
        using CgroupDirectory parent = hierarchy.TryOpen(parentPath) ?? Make(hierarchy, parentPath, controllers, made);
        Delegate(hierarchy, parentPath, controllers);
        return Finish(hierarchy, path, parent.Create(NameOf(path)), [], null, made);
    }

    /// <summary>Enables controllers for the children of a v2 cgroup and of all above it (cgroup-v2.rst, "Top-down Constraint").</summary>
    /// <param name="hierarchy">The unified hierarchy.</param>
    /// <param name="path">The cgroup whose children are to have them.</param>
    /// <param name="controllers">The controllers, by either version's names; null for all that can be had.</param>
    /// <exception cref="SyscallException"><c>EBUSY</c>: a cgroup on the way has processes of its own; <c>EACCES</c>: it is not delegated to the caller.</exception>
    private static void Delegate(CgroupHierarchy hierarchy, string path, IReadOnlyList<string>? controllers)
    {
        string[] wanted = controllers is null
            ? [.. hierarchy.Controllers]
            : [.. controllers.Select(name => CgroupControllers.NameOn(name, HierarchyVersion.V2)).Where(hierarchy.Controllers.Contains)];
        for (int end = EndOfUnit(path); end >= 0 && wanted.Length > 0; end = end + 1 >= path.Length ? -1 : NextSlash(path, end + 1))
        {
            using CgroupDirectory level = hierarchy.Open(end == 0 ? "/" : path[..end]);
            string[] enabled = level.Read(Delegated).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] missing = [.. wanted.Except(enabled)];
            if (missing.Length == 0)
                continue;
            bool isOccupied = HasProcesses(level);
            if (controllers is null && isOccupied)
                return;
            if (controllers is null)
                EnablePossible(level, missing);
            else if (isOccupied)
                throw new SyscallException("write", EBUSY, level.FullPath(Delegated), "the cgroup has processes of its own");
            else
                level.Write(Delegated, string.Join(' ', missing.Select(name => "+" + name)));
        }
    }

    // The kernel refuses most controllers then (no-internal-process rule), but takes the threaded ones (cpu, pids, …): at the price that
    // the cgroup becomes the root of a threaded subtree, whose children take no process at all (cgroup-v2.rst, "Threads"). The real
    // root, which may have both, has no cgroup.type.
    private static bool HasProcesses(CgroupDirectory level) =>
        level.Has("cgroup.type") && level.TryRead("cgroup.procs") is { Length: > 0 };

    // Nobody asked for a certain one: those that cannot be had here (cpu while real-time tasks run, …) are left out,
    // unless none can be had for one and the same reason. What is above an ordinary user's own is not theirs to change.
    private static void EnablePossible(CgroupDirectory level, string[] missing)
    {
        HashSet<string> available = [.. level.Read("cgroup.controllers").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        string[] possible = [.. missing.Where(available.Contains)];
        if (possible.Length == 0 || level.TryWrite(Delegated, string.Join(' ', possible.Select(name => "+" + name))) == 0)
            return;
        int[] errors = [.. possible.Select(name => level.TryWrite(Delegated, "+" + name))];
        if (Array.TrueForAll(errors, error => error != 0 && error != EACCES && error != EPERM))
            level.Write(Delegated, "+" + possible[0]);
    }

    // Where systemd is the init system, all above a unit with Delegate=yes is its own, and it alone changes it
    // (CGROUP_DELEGATION.md): the unit that the path leads through, or 0 for the root.
    private static int EndOfUnit(string path)
    {
        if (!SystemdManager.IsBooted)
            return 0;
        int found = 0;
        for (int end = 0; end < path.Length;)
        {
            end = NextSlash(path, end + 1);
            if (path.AsSpan(0, end).EndsWith(".scope", StringComparison.Ordinal) || path.AsSpan(0, end).EndsWith(".service", StringComparison.Ordinal))
                found = end;
        }
        return found;
    }

    private static CgroupDirectory Finish(
        CgroupHierarchy hierarchy, string path, bool isNew, CgroupController[] needy, CgroupDirectory? parent, ICollection<string> made)
    {
        if (isNew)
            made.Add(path);
        CgroupDirectory directory = hierarchy.Open(path);
        if (!isNew)
            return directory;
        try
        {
            foreach (CgroupController controller in needy)
                controller.Initialize(directory, parent!);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static int NextSlash(string path, int from) => path.IndexOf('/', from) is var slash and >= 0 ? slash : path.Length;
}
