namespace NsTools.Interop.Cgroups.Containers;

/// <summary>What a runtime keeps of a container's cgroup, so that a later process finds it: part of the container's state file.</summary>
public sealed record CgroupRecord
{
    /// <summary>Who made it.</summary>
    public required CgroupManager Manager { get; init; }

    /// <summary>Its directories in the file system, one of each hierarchy; none when the container has no cgroup of its own.</summary>
    public required IReadOnlyList<string> Directories { get; init; }

    /// <summary>With <see cref="CgroupManager.Systemd"/> the scope unit's name; null for the other managers.</summary>
    public string? Unit { get; init; }
}
