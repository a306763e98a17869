using NsTools.Interop.Cgroups;

namespace NsTools;

/// <summary>
/// What is set on a cgroup, read from the kernel: one property a limit, the same names on v1 and v2. Null is "this
/// cgroup has no such limit"; <see cref="long.MaxValue"/>, and infinity for <see cref="CgroupResources.Cpu"/>, is no limit.
/// </summary>
public sealed record CgroupLimit : CgroupResources
{
    /// <summary>The cgroup's path.</summary>
    public string Path { get; }

    /// <summary>Which kernel interfaces it is on.</summary>
    public CgroupVersion Version { get; }

    internal CgroupLimit(string path, CgroupVersion version, CgroupResources values)
        : base(values)
    {
        Path = path;
        Version = version;
    }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
