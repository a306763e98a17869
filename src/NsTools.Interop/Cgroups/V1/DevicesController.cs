namespace NsTools.Interop.Cgroups.V1;

/// <summary>v1 <c>devices</c> (cgroup-v1/devices.rst).</summary>
public sealed class DevicesController : CgroupController
{
    /// <inheritdoc/>
    public override string Name => "devices";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V1;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.Device;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        foreach (CgroupDeviceRule rule in wanted.Device ?? [])
            cgroup.Write(rule.Allow ? "devices.allow" : "devices.deny", rule.Type == CgroupDeviceType.All ? "a" : rule.Expression);
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        // The list is what is allowed; when all is allowed with exceptions it shows "a *:* rwm" and hides them.
        if (cgroup.TryRead("devices.list") is not { } list)
            return resources;
        return resources with { Device = [.. ControlFile.Lines(list).Select(line => CgroupDeviceRule.TryParse(line, allow: true)).OfType<CgroupDeviceRule>()] };
    }
}
