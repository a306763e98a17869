using NsTools.Interop.Cgroups;

namespace NsTools;

/// <summary>One sample of what the kernel counts for a cgroup: the same names on v1 and v2; null is "not counted here".</summary>
public sealed record CgroupStatistic : CgroupCounters
{
    /// <summary>The cgroup's path.</summary>
    public string Path { get; }

    /// <summary>Which kernel interfaces it is on.</summary>
    public CgroupVersion Version { get; }

    /// <summary>When the sample was taken.</summary>
    public DateTimeOffset Time { get; }

    internal CgroupStatistic(string path, CgroupVersion version, DateTimeOffset time, CgroupCounters values)
        : base(values)
    {
        Path = path;
        Version = version;
        Time = time;
    }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
