namespace NsTools.Mounts;

/// <summary>Orders mounts by what is mounted on what.</summary>
public static class MountOrder
{
    /// <summary>Everything that is mounted on a mount, directly or not, in the order in which it can be unmounted.</summary>
    /// <param name="table">The mounts of the namespace.</param>
    /// <param name="id">ID of the mount; itself not in the result.</param>
    public static List<MountPoint> Below(IReadOnlyList<MountPoint> table, int id)
    {
        ILookup<int, MountPoint> children = table.Where(mount => mount.Id != mount.ParentId).ToLookup(mount => mount.ParentId);
        List<MountPoint> below = [];
        Collect(id);
        // Found from the top down, the oldest first; undone the other way round.
        below.Reverse();
        return below;

        void Collect(int parent)
        {
            foreach (MountPoint child in children[parent])
            {
                below.Add(child);
                Collect(child.Id);
            }
        }
    }

    /// <summary>Mounts in the order in which they can be unmounted: what is on another one, or over it, before that.</summary>
    /// <param name="mounts">Mounts of one namespace; those that are gone come last.</param>
    /// <param name="table">All mounts of that namespace, in the kernel's order: the order in which they were made.</param>
    public static IReadOnlyList<MountPoint> ForDismount(IEnumerable<MountPoint> mounts, IReadOnlyList<MountPoint> table)
    {
        HashSet<int> known = [.. table.Select(mount => mount.Id)];
        Dictionary<int, int> rank = [];
        foreach (MountPoint top in table.Where(mount => mount.Id == mount.ParentId || !known.Contains(mount.ParentId)).Reverse())
        {
            foreach (MountPoint mount in Below(table, top.Id).Append(top))
                rank.TryAdd(mount.Id, rank.Count);
        }
        return [.. mounts.OrderBy(mount => rank.GetValueOrDefault(mount.Id, int.MaxValue))];
    }
}
