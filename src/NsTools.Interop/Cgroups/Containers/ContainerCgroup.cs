using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>
/// A container's cgroup in all hierarchies: made before its first process, which then starts in it, and found again from
/// its <see cref="Record"/> by whoever updates, pauses, lists, kills or deletes the container.
/// </summary>
public sealed class ContainerCgroup : IDisposable
{
    private readonly List<CgroupDirectory> _directories;

    internal ContainerCgroup(CgroupManager manager, string? unit, List<CgroupDirectory> directories)
    {
        _directories = directories;
        Record = new CgroupRecord { Manager = manager, Unit = unit, Directories = [.. directories.Select(directory => directory.ToString())] };
    }

    /// <summary>What finds it again.</summary>
    public CgroupRecord Record { get; }

    /// <summary>Its directories, v1 hierarchies first.</summary>
    public IReadOnlyList<CgroupDirectory> Directories => _directories;

    /// <summary>Makes it in every hierarchy, with all controllers that can be had on v2, and sets its limits.</summary>
    /// <param name="path">Where, for <see cref="CgroupManager.CgroupFs"/>.</param>
    /// <param name="resources">The limits; null for none.</param>
    /// <param name="isRoot">
    /// Whether the caller is root on the host. For others a hierarchy in which nothing was delegated to them is left out,
    /// and so are device rules there: an ordinary user's container has no device that the user has not.
    /// </param>
    /// <param name="writeDown">
    /// Is told of the directories before the first of them is made, so that they are found again whenever the caller dies.
    /// </param>
    /// <exception cref="RuntimeSpecException">A limit that these hierarchies cannot express; it names the member.</exception>
    /// <exception cref="SyscallException">The kernel refused a step; what was made is removed again.</exception>
    public static ContainerCgroup Make(ContainerCgroupPath path, ResourcesSpec? resources, bool isRoot, Action<CgroupRecord>? writeDown = null)
    {
        IReadOnlyList<(CgroupHierarchy Hierarchy, string Path)> places = PlacesOf(path);
        writeDown?.Invoke(new CgroupRecord
        {
            Manager = CgroupManager.CgroupFs,
            Directories = [.. places.Select(place => place.Hierarchy.MountPoint + place.Path)],
        });
        List<(CgroupHierarchy Hierarchy, string Path)> made = [];
        List<CgroupDirectory> directories = [];
        try
        {
            foreach ((CgroupHierarchy hierarchy, string place) in places)
            {
                if (TryMake(hierarchy, place, isRoot, made) is { } directory)
                    directories.Add(directory);
            }
            ContainerCgroup cgroup = new(CgroupManager.CgroupFs, null, directories);
            if (resources is not null)
                cgroup.Set(resources, isRoot);
            return cgroup;
        }
        catch
        {
            directories.ForEach(directory => directory.Dispose());
            for (int i = made.Count - 1; i >= 0; i--)
                _ = made[i].Hierarchy.TryRemove(made[i].Path);
            throw;
        }
    }

    /// <summary>Opens it again; hierarchies that do not have it any more are left out.</summary>
    /// <param name="record">What was kept of it.</param>
    /// <exception cref="SyscallException">It is there and cannot be opened.</exception>
    public static ContainerCgroup Open(CgroupRecord record)
    {
        List<CgroupDirectory> directories = [];
        if (record.Directories.Count > 0)
        {
            foreach (CgroupHierarchy hierarchy in CgroupMounts.Find())
            {
                string start = hierarchy.MountPoint + "/";
                if (record.Directories.FirstOrDefault(path => path.StartsWith(start, StringComparison.Ordinal)) is { } found
                    && hierarchy.TryOpen(found[hierarchy.MountPoint.Length..]) is { } directory)
                {
                    directories.Add(directory);
                }
            }
        }
        return new ContainerCgroup(record.Manager, record.Unit, directories);
    }

    /// <summary>Has systemd make it as a scope with a process that waits, in all other hierarchies makes it at the same path, and sets its limits.</summary>
    /// <param name="path">The scope, for <see cref="CgroupManager.Systemd"/>.</param>
    /// <param name="description">What people see of it in <c>systemctl</c>.</param>
    /// <param name="resources">The limits; null for none.</param>
    /// <param name="isRoot">Whether the caller is root on the host; others' scopes belong to their own systemd.</param>
    /// <param name="processId">The container's first process: it is in the cgroup when this returns.</param>
    /// <exception cref="Systemd.DBusException">systemd refused it, or did not answer.</exception>
    /// <exception cref="RuntimeSpecException">A limit that these hierarchies cannot express; it names the member.</exception>
    /// <exception cref="SyscallException">The kernel refused a step; the scope is removed again.</exception>
    public static ContainerCgroup MakeScope(ContainerCgroupPath path, string description, ResourcesSpec? resources, bool isRoot, int processId) =>
        ContainerScope.Make(path, description, resources, isRoot, processId);

    /// <summary>Sets limits; those that are not given stay as they are.</summary>
    /// <param name="resources">The limits.</param>
    /// <param name="isRoot">As for <see cref="Make"/>.</param>
    /// <exception cref="RuntimeSpecException">A limit that these hierarchies cannot express, or that is below what is in use when it is to be checked.</exception>
    /// <exception cref="SyscallException">The kernel refused one; its detail names the member.</exception>
    /// <exception cref="Systemd.DBusException">It is a scope, and systemd refused them or did not answer.</exception>
    public void Set(ResourcesSpec resources, bool isRoot)
    {
        new ResourceWriter(_directories, isRoot).Write(resources);
        if (Record.Unit is { } unit)
            ContainerScope.Update(unit, resources, _directories.TrueForAll(directory => directory.Hierarchy.Version == HierarchyVersion.V2), isRoot);
    }

    /// <inheritdoc/>
    public void Dispose() => _directories.ForEach(directory => directory.Dispose());

    // Without those hierarchies in which the caller's own cgroup, from which a relative path goes, lies outside of what is mounted here.
    private static IReadOnlyList<(CgroupHierarchy Hierarchy, string Path)> PlacesOf(ContainerCgroupPath path)
    {
        IReadOnlyList<CgroupHierarchy> hierarchies = CgroupMounts.Find();
        if (path.Path[0] == '/')
            return [.. hierarchies.Select(hierarchy => (hierarchy, path.Path))];
        IReadOnlyDictionary<CgroupHierarchy, string> own = OwnPlaces.Of(hierarchies);
        return [.. hierarchies.Where(own.ContainsKey).Select(hierarchy => (hierarchy, $"{own[hierarchy].TrimEnd('/')}/{path.Path}"))];
    }

    private static CgroupDirectory? TryMake(CgroupHierarchy hierarchy, string path, bool isRoot, List<(CgroupHierarchy, string)> made)
    {
        List<string> paths = [];
        try
        {
            return CgroupMaker.Make(hierarchy, path, null, paths);
        }
        catch (SyscallException refused) when (!isRoot && refused.Name is "EACCES" or "EPERM" or "EROFS" or "EBUSY")
        {
            return null;
        }
        finally
        {
            made.AddRange(paths.Select(each => (hierarchy, each)));
        }
    }
}
