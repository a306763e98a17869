using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;

namespace NsTools.Namespaces;

/// <summary>
/// Third round of a scan: from the namespaces that can be opened to their parents and owners (<c>ioctl_ns(2)</c>), among
/// which are user and PID namespaces that no process is in any more and that no path leads to.
/// </summary>
internal sealed class RelationWalk(NamespaceTable table, IReadOnlySet<NamespaceType> types)
{
    private readonly HashSet<long> _visited = [];

    /// <summary>Follows the relations of all namespaces in the table, and of those that it adds.</summary>
    public void Run(CancellationToken cancellation)
    {
        foreach (NamespaceEntry entry in table.Entries.ToArray())
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.Path is not { } path || !_visited.Add(entry.Id) || TryOpen(path, entry.Id) is not { } descriptor)
                continue;
            using (descriptor)
                Follow(entry, descriptor);
        }
    }

    private void Follow(NamespaceEntry entry, SafeFileHandle descriptor)
    {
        if (entry.Type is NamespaceType.Pid or NamespaceType.User)
        {
            using SafeFileHandle? parent = NamespaceDescriptor.OpenParent(descriptor);
            if (parent is not null)
            {
                entry.ParentId = NamespaceDescriptor.GetId(parent);
                Visit(entry.Type, entry.ParentId.Value, parent);
            }
        }
        if (entry.ProcessId == 0)
            entry.OwnerUserId = OwnerOf(entry, descriptor);
        if (types.Contains(NamespaceType.User))
        {
            using SafeFileHandle? owner = NamespaceDescriptor.OpenOwner(descriptor);
            if (owner is not null)
                Visit(NamespaceType.User, NamespaceDescriptor.GetId(owner), owner);
        }
    }

    private void Visit(NamespaceType type, long id, SafeFileHandle descriptor)
    {
        if (!_visited.Contains(id) && !table.Contains(id))
        {
            _visited.Add(id);
            Follow(table.GetOrAdd(type, id), descriptor);
        }
    }

    /// <summary>Who made the user namespace that it is, or that owns it.</summary>
    private static uint? OwnerOf(NamespaceEntry entry, SafeFileHandle descriptor)
    {
        if (entry.Type == NamespaceType.User)
            return NamespaceDescriptor.GetOwnerUserId(descriptor);
        using SafeFileHandle? owner = NamespaceDescriptor.OpenOwner(descriptor);
        return owner is null ? null : NamespaceDescriptor.GetOwnerUserId(owner);
    }

    /// <summary>Null when what held the namespace has gone, or the caller may not open it.</summary>
    private static SafeFileHandle? TryOpen(string path, long id)
    {
        SafeFileHandle? descriptor = NamespaceDescriptor.TryOpen(path);
        if (descriptor is null || NamespaceDescriptor.GetId(descriptor) == id)
            return descriptor;
        descriptor.Dispose();
        return null;
    }
}
