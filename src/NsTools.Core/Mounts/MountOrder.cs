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

    /// <summary>Mounts in the order in which they can be unmounted: what is on another one before that.</summary>
    /// <param name="mounts">Mounts, of any namespaces.</param>
    public static IReadOnlyList<MountPoint> ForDismount(IReadOnlyCollection<MountPoint> mounts)
    {
        Dictionary<int, MountPoint> byId = mounts.GroupBy(mount => mount.Id).ToDictionary(group => group.Key, group => group.First());
        return [.. mounts.Select((mount, index) => (mount, index)).OrderByDescending(item => Depth(item.mount)).ThenByDescending(item => item.index).Select(item => item.mount)];

        // How many path components, and among equal targets how many of the given ones it is stacked on.
        (int Components, int Stacked) Depth(MountPoint mount)
        {
            int stacked = 0;
            for (MountPoint? on = mount; byId.TryGetValue(on.ParentId, out MountPoint? parent) && parent.Target == on.Target && parent.Id != on.Id; on = parent)
                stacked++;
            return (mount.Target.Count(character => character == '/'), stacked);
        }
    }
}
