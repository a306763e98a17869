namespace NsTools.Interop.Cgroups.V1;

/// <summary>v1 <c>cpuset</c> (cgroup-v1/cpusets.rst).</summary>
public sealed class CpuSetController : CgroupController
{
    private const string Cpus = "cpuset.cpus";
    private const string Nodes = "cpuset.mems";

    /// <inheritdoc/>
    public override string Name => "cpuset";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V1;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.CpuSet | CgroupSetting.MemoryNodes;

    /// <inheritdoc/>
    public override bool NeedsParent => true;

    /// <inheritdoc/>
    public override void Initialize(CgroupDirectory cgroup, CgroupDirectory parent)
    {
        // A new v1 cpuset has neither CPUs nor nodes, and takes no process (ENOSPC) before it has both.
        cgroup.Write(Cpus, parent.Read(Cpus));
        cgroup.Write(Nodes, parent.Read(Nodes));
    }

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        if (wanted.CpuSet is { } cpus)
            cgroup.Write(Cpus, cpus);
        if (wanted.MemoryNodes is { } nodes)
            cgroup.Write(Nodes, nodes);
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources) =>
        resources with { CpuSet = cgroup.TryRead(Cpus), MemoryNodes = cgroup.TryRead(Nodes) };
}
