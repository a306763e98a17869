using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>One mount of a mount namespace (<c>proc_pid_mountinfo(5)</c>).</summary>
public sealed record MountPoint
{
    /// <summary>Where it is mounted, as seen from the root of the process that was looked at.</summary>
    public required string Target { get; init; }

    /// <summary>What is mounted: a device, a name, or for a bind mount the source with the directory inside it in brackets.</summary>
    public required string Source { get; init; }

    /// <summary>File system type, with subtype where it has one: <c>ext4</c>, <c>fuse.sshfs</c>.</summary>
    public required string FileSystem { get; init; }

    /// <summary>The directory of the file system that forms the root of this mount.</summary>
    public string FileSystemRoot { get; init; } = "/";

    /// <summary>Options of the mount and of the file system, each once.</summary>
    public required ReadOnlyCollection<string> Options { get; init; }

    /// <summary>How mount events propagate (<c>mount_namespaces(7)</c>).</summary>
    public MountPropagation Propagation { get; init; }

    /// <summary>True when nothing can be written through this mount.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The mount's ID, unique among those that exist.</summary>
    public required int Id { get; init; }

    /// <summary>ID of the mount that it is mounted on.</summary>
    public required int ParentId { get; init; }

    /// <summary>Identity (nsfs inode) of the mount namespace that it is in.</summary>
    public long Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Target;
}

/// <summary>How mount and unmount events propagate between peer mounts (<c>mount_namespaces(7)</c>).</summary>
public enum MountPropagation
{
    /// <summary>Neither sends nor receives.</summary>
    Private,

    /// <summary>Sends to and receives from its peer group.</summary>
    Shared,

    /// <summary>Receives from a master, sends nowhere.</summary>
    Slave,

    /// <summary>Receives from a master and is shared in a peer group of its own.</summary>
    SharedAndSlave,

    /// <summary>Private, and cannot be bind-mounted.</summary>
    Unbindable,
}
