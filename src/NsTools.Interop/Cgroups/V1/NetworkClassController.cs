namespace NsTools.Interop.Cgroups.V1;

/// <summary>v1 <c>net_cls</c> (cgroup-v1/net_cls.rst).</summary>
public sealed class NetworkClassController : CgroupController
{
    /// <inheritdoc/>
    public override string Name => "net_cls";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V1;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.NetworkClass;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        if (wanted.NetworkClass is { } id)
            cgroup.Write("net_cls.classid", ControlFile.Number(id));
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources) =>
        resources with { NetworkClass = (uint?)ControlFile.Value(cgroup.TryRead("net_cls.classid")) };
}
