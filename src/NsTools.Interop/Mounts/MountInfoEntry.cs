namespace NsTools.Interop.Mounts;

/// <summary>One line of <c>/proc/PID/mountinfo</c> (<c>proc_pid_mountinfo(5)</c>), its escapes undone.</summary>
public sealed record MountInfoEntry
{
    /// <summary>(1) ID of the mount, unique among those that exist.</summary>
    public required int Id { get; init; }

    /// <summary>(2) ID of the mount that it is on; of itself for the top of the tree.</summary>
    public required int ParentId { get; init; }

    /// <summary>(3) Major number of the device of its files (<c>st_dev</c>).</summary>
    public required int Major { get; init; }

    /// <summary>(3) Minor number of the device of its files.</summary>
    public required int Minor { get; init; }

    /// <summary>(4) The directory of the file system that is the root of the mount.</summary>
    public required string Root { get; init; }

    /// <summary>(5) Where it is mounted, relative to the process's root directory.</summary>
    public required string Target { get; init; }

    /// <summary>(6) Options of the mount.</summary>
    public required IReadOnlyList<string> MountOptions { get; init; }

    /// <summary>(7) Peer group that it is shared in; null when it is not.</summary>
    public int? PeerGroup { get; init; }

    /// <summary>(7) Peer group that it is a slave of; null when it is not.</summary>
    public int? MasterGroup { get; init; }

    /// <summary>(7) True when it cannot be bind-mounted.</summary>
    public bool IsUnbindable { get; init; }

    /// <summary>(9) Type of the file system, <c>type.subtype</c> where it has one.</summary>
    public required string FileSystem { get; init; }

    /// <summary>(10) Device or name; may be empty.</summary>
    public required string Source { get; init; }

    /// <summary>(11) Options of the file system.</summary>
    public required IReadOnlyList<string> FileSystemOptions { get; init; }
}
