using NsTools.Cgroups;

namespace NsTools.Namespaces;

/// <summary>Which namespaces to make, and how they are inside: <c>unshare(1)</c>'s options.</summary>
public sealed record NewNamespaceOptions
{
    /// <summary>The kinds to make. A host name adds Uts, clock offsets add Time.</summary>
    public required IReadOnlyList<NamespaceType> Types { get; init; }

    /// <summary>The directory to become the root; null keeps the caller's.</summary>
    public string? Root { get; init; }

    /// <summary>The host name inside; null leaves it.</summary>
    public string? HostName { get; init; }

    /// <summary>Whether root inside is the caller outside, when a user namespace is made.</summary>
    public bool MapRootUser { get; init; }

    /// <summary>The cgroup that the holder starts in; null for the caller's own.</summary>
    public CgroupReference? Cgroup { get; init; }

    /// <summary>User ID maps, <c>inside:outside:count</c>.</summary>
    public IReadOnlyList<string> UidMaps { get; init; } = [];

    /// <summary>Group ID maps, <c>inside:outside:count</c>.</summary>
    public IReadOnlyList<string> GidMaps { get; init; } = [];

    /// <summary>What the time since boot inside is ahead of the host's; null for nothing.</summary>
    public TimeSpan? BootTimeOffset { get; init; }

    /// <summary>What the monotonic clock inside is ahead of the host's; null for nothing.</summary>
    public TimeSpan? MonotonicOffset { get; init; }
}
