using NsTools.Interop.Mounts;

namespace NsTools.Mounts;

/// <summary>Makes <see cref="MountPoint"/> objects of what the kernel tells.</summary>
internal static class MountPointFactory
{
    /// <summary>The object for one entry of a mount table.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="namespaceId">Identity of the mount namespace that the table is of.</param>
    public static MountPoint From(MountInfoEntry entry, long namespaceId)
    {
        bool readOnly = entry.MountOptions.Contains("ro") || entry.FileSystemOptions.Contains("ro");
        return new MountPoint
        {
            Target = entry.Target,
            // As findmnt(8) shows it: device[directory].
            Source = entry.Root == "/" ? entry.Source : $"{entry.Source}[{entry.Root}]",
            FileSystem = entry.FileSystem,
            FileSystemRoot = entry.Root,
            Options =
            [
                readOnly ? "ro" : "rw",
                .. entry.MountOptions.Concat(entry.FileSystemOptions).Where(option => option is not ("ro" or "rw")).Distinct(),
            ],
            Propagation = (entry.PeerGroup, entry.MasterGroup, entry.IsUnbindable) switch
            {
                (not null, not null, _) => MountPropagation.SharedAndSlave,
                (not null, null, _) => MountPropagation.Shared,
                (null, not null, _) => MountPropagation.Slave,
                (_, _, true) => MountPropagation.Unbindable,
                _ => MountPropagation.Private,
            },
            IsReadOnly = readOnly,
            Id = entry.Id,
            ParentId = entry.ParentId,
            Namespace = namespaceId,
        };
    }
}
