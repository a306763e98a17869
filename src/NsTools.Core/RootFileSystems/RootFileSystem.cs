namespace NsTools;

/// <summary>In what condition a <see cref="RootFileSystem"/> is.</summary>
public enum RootFileSystemState
{
    /// <summary>It is whole.</summary>
    Ready,

    /// <summary>It was being made or removed, and that was cut off: it can only be removed.</summary>
    Partial,

    /// <summary>Its overlay over the host's root is not mounted any more, after a reboot for instance.</summary>
    Unmounted,
}

/// <summary>A directory that holds a root file system.</summary>
public sealed record RootFileSystem
{
    /// <summary>Absolute path of the directory.</summary>
    public required string Path { get; init; }

    /// <summary>In what condition it is.</summary>
    public RootFileSystemState State { get; init; }

    /// <summary><c>NAME</c> of its os-release(5); null where it has none.</summary>
    public string? Distribution { get; init; }

    /// <summary><c>VERSION_ID</c> of its os-release(5); null where it has none.</summary>
    public string? Version { get; init; }

    /// <summary>Machine that its programs are for, as <c>uname -m</c> names it (<c>x86_64</c>, <c>aarch64</c>); null where it cannot be told.</summary>
    public string? Architecture { get; init; }

    /// <summary>Where it came from: an archive's path, or <c>host</c> for an overlay over the host's own root; null where unknown.</summary>
    public string? Source { get; init; }

    /// <summary>Size of the extracted files' content, in bytes; null where it was not counted.</summary>
    public long? Size { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
