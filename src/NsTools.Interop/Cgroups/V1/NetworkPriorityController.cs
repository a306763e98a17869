namespace NsTools.Interop.Cgroups.V1;

/// <summary>v1 <c>net_prio</c> (cgroup-v1/net_prio.rst).</summary>
public sealed class NetworkPriorityController : CgroupController
{
    private const string Map = "net_prio.ifpriomap";

    /// <inheritdoc/>
    public override string Name => "net_prio";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V1;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.NetworkPriority;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        foreach (CgroupNetworkPriority priority in wanted.NetworkPriority ?? [])
            cgroup.Write(Map, priority.ToString());
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        if (cgroup.TryRead(Map) is not { } map)
            return resources;
        List<CgroupNetworkPriority> priorities = [];
        foreach (string line in ControlFile.Lines(map))
        {
            // Interface names have no spaces (dev_valid_name); every interface has a line, those left alone a 0.
            int space = line.LastIndexOf(' ');
            if (space > 0 && uint.TryParse(line.AsSpan(space + 1), out uint value) && value != 0)
                priorities.Add(new CgroupNetworkPriority(line[..space], value));
        }
        return resources with { NetworkPriority = [.. priorities] };
    }
}
