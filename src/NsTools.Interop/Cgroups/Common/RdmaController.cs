using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups;

/// <summary><c>rdma</c>, the same files on v1 and v2 (cgroup-v1/rdma.rst).</summary>
/// <param name="version">The interface.</param>
public sealed class RdmaController(HierarchyVersion version) : CgroupController
{
    private const string Limits = "rdma.max";

    /// <inheritdoc/>
    public override string Name => "rdma";

    /// <inheritdoc/>
    public override HierarchyVersion Version => version;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.Rdma;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        foreach (CgroupRdmaLimit limit in wanted.Rdma ?? [])
        {
            string line = limit.Device
                + (limit.Handles is { } handles ? $" hca_handle={NumberOrMax(handles)}" : "")
                + (limit.Objects is { } objects ? $" hca_object={NumberOrMax(objects)}" : "");
            cgroup.Write(Limits, line);
        }
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources) =>
        cgroup.TryRead(Limits) is { } limits ? resources with { Rdma = [.. Lines(limits).Select(Parse)] } : resources;

    private static CgroupRdmaLimit Parse(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return new CgroupRdmaLimit(
            space < 0 ? line : line[..space], Value(Nested(line, "hca_handle")), Value(Nested(line, "hca_object")));
    }
}
