namespace NsTools.Interop.Cgroups.V2;

/// <summary>v2 <c>cpuset</c> (cgroup-v2.rst, "Cpuset Interface Files").</summary>
public sealed class CpuSetController : CgroupController
{
    private const string Cpus = "cpuset.cpus";
    private const string Nodes = "cpuset.mems";

    /// <inheritdoc/>
    public override string Name => "cpuset";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V2;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.CpuSet | CgroupSetting.MemoryNodes;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        // An empty list needs a byte to be written at all: a newline is an empty list.
        if (wanted.CpuSet is { } cpus)
            cgroup.Write(Cpus, cpus + "\n");
        if (wanted.MemoryNodes is { } nodes)
            cgroup.Write(Nodes, nodes + "\n");
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources) =>
        resources with { CpuSet = cgroup.TryRead(Cpus), MemoryNodes = cgroup.TryRead(Nodes) };
}
