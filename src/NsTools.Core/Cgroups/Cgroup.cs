using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>Which kernel interface a cgroup is on.</summary>
public enum CgroupVersion
{
    /// <summary>Hierarchies of the first version only.</summary>
    V1 = 1,

    /// <summary>The unified hierarchy only.</summary>
    V2 = 2,

    /// <summary>Both: the same path in v1 hierarchies and in the unified one.</summary>
    Hybrid = 3,
}

/// <summary>
/// A control group (<c>cgroups(7)</c>), as it was when it was looked at. On v1 and hybrid systems it is the directories
/// of the same path in all hierarchies that have it.
/// </summary>
public sealed record Cgroup
{
    /// <summary>The last part of <see cref="Path"/>; <c>/</c> for the root.</summary>
    public string Name => Path == "/" ? "/" : Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Its path in the hierarchies: <c>/</c>, <c>/workshop/a</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Which kernel interfaces it is on.</summary>
    public required CgroupVersion Version { get; init; }

    /// <summary>The controllers that work on it, as the kernel names them.</summary>
    public required ReadOnlyCollection<string> Controllers { get; init; }

    /// <summary>Its directories in the file system, one for each hierarchy.</summary>
    public required ReadOnlyCollection<string> Directories { get; init; }

    /// <summary>How many processes are in it, those in child cgroups not counted.</summary>
    public int ProcessCount { get; init; }

    /// <summary>True when all its processes are frozen.</summary>
    public bool IsFrozen { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
