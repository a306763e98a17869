using NsTools.Interop.Cgroups;
using NsTools.Interop.Cgroups.Containers;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// <c>exec --cgroup</c>: an existing cgroup beneath the container's. crun's <c>PATH</c> is meant in every hierarchy that has
/// it; runc's <c>CONTROLLERS:PATH</c>, which may be repeated, in the hierarchies of these controllers.
/// </summary>
internal static class SubCgroup
{
    /// <summary>Where the process goes.</summary>
    /// <param name="record">The container's cgroup; null for a container without one.</param>
    /// <param name="places">What was given.</param>
    /// <exception cref="ContainerException">There is no such cgroup, or it is not the container's.</exception>
    public static CgroupRecord? Of(CgroupRecord? record, IReadOnlyList<string> places)
    {
        if (places.Count == 0)
            return record;
        if (record is not { Directories.Count: > 0 })
            throw new ContainerException($"cgroup '{places[0]}': the container has no cgroup of its own");
        IReadOnlyList<CgroupHierarchy> hierarchies = CgroupMounts.Find();
        List<string> directories = [.. record.Directories];
        foreach (string place in places)
        {
            int colon = place.IndexOf(':', StringComparison.Ordinal);
            string path = place[(colon + 1)..].Trim('/');
            if (path.Split('/').Contains(".."))
                throw new ContainerException($"cgroup '{place}' leads out of the container's");
            string[] controllers = colon < 0 ? [] : place[..colon].Split(',');
            bool[] found = [.. controllers.Select(controller => Enter(hierarchies, directories, path, hierarchy => Has(hierarchy, controller)))];
            if (controllers.Length == 0 ? !Enter(hierarchies, directories, path, _ => true) : found.Contains(false))
                throw new ContainerException($"the container has no cgroup '{place}'");
        }
        return record with { Directories = directories };
    }

    private static bool Enter(IReadOnlyList<CgroupHierarchy> hierarchies, List<string> directories, string path, Predicate<CgroupHierarchy> isMeant)
    {
        bool isFound = false;
        foreach (CgroupHierarchy hierarchy in hierarchies)
        {
            string start = hierarchy.MountPoint + "/";
            int index = isMeant(hierarchy) ? directories.FindIndex(directory => directory.StartsWith(start, StringComparison.Ordinal)) : -1;
            string there = index < 0 ? "" : $"{directories[index]}/{path}".TrimEnd('/');
            if (index < 0 || !Directory.Exists(there))
                continue;
            directories[index] = there;
            isFound = true;
        }
        return isFound;
    }

    // "systemd" as well as "name=systemd": runc takes what /proc/PID/cgroup has between the colons without its "name=".
    private static bool Has(CgroupHierarchy hierarchy, string controller) =>
        hierarchy.Controllers.Contains(CgroupControllers.NameOn(controller, hierarchy.Version))
        || (hierarchy.Name is { } name && (controller == name || controller == $"name={name}"));
}
