namespace NsTools.Cgroups;

/// <summary>What <see cref="CgroupRemover"/> may do to what is in a cgroup's way.</summary>
public sealed record CgroupRemovalOptions
{
    /// <summary>Whether cgroups beneath it go with it.</summary>
    public bool Recurse { get; init; }

    /// <summary>Whether processes in it are killed first.</summary>
    public bool Kill { get; init; }

    /// <summary>Where processes in it are moved first, instead of being killed; null for nowhere.</summary>
    public CgroupReference? MoveTo { get; init; }
}
