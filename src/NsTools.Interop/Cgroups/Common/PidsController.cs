using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups;

/// <summary><c>pids</c>, the same files on v1 and v2 (cgroup-v1/pids.rst, cgroup-v2.rst).</summary>
/// <param name="version">The interface.</param>
public sealed class PidsController(HierarchyVersion version) : CgroupController
{
    /// <inheritdoc/>
    public override string Name => "pids";

    /// <inheritdoc/>
    public override HierarchyVersion Version => version;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.Pids;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        if (wanted.Pids is { } pids)
            cgroup.Write("pids.max", NumberOrMax(pids));
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources) =>
        resources with { Pids = Value(cgroup.TryRead("pids.max")) };

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters) => counters with
    {
        PidsUsage = Value(cgroup.TryRead("pids.current")),
        PidsLimit = Value(cgroup.TryRead("pids.max")),
        PidsPeak = Value(cgroup.TryRead("pids.peak")),
        PidsLimitCount = Keyed(cgroup.TryRead("pids.events"), "max"),
    };
}
