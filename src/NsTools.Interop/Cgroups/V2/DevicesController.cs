using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups.Devices;

namespace NsTools.Interop.Cgroups.V2;

/// <summary>
/// Device rules on v2 (cgroup-v2.rst, "Device controller"): no files, but eBPF programs on the cgroup. Ours is known by
/// its name; others' (systemd's, a runtime's) stay, and a device must please every program.
/// </summary>
public sealed class DevicesController : CgroupController
{
    private const string ProgramName = "nstools_devices";

    /// <inheritdoc/>
    public override string Name => "devices";

    /// <inheritdoc/>
    public override HierarchyVersion Version => HierarchyVersion.V2;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.Device;

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        if (wanted.Device is not { } rules)
            return;
        (DeviceRuleSet? before, SafeFileHandle? old) = FindOwn(cgroup);
        using (old)
        {
            DeviceRuleSet after = rules.Aggregate(before ?? DeviceRuleSet.AllowAll, (set, rule) => set.With(rule));
            using SafeFileHandle program = BpfCall.LoadDeviceProgram(DeviceProgram.Assemble(after), ProgramName);
            // The new one first: in between both hold, and nothing is open that either closes.
            BpfCall.AttachTo(cgroup, program);
            if (old is not null)
                BpfCall.DetachFrom(cgroup, old);
        }
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        if (cgroup.Path == "/")
            return resources;
        (DeviceRuleSet? rules, SafeFileHandle? program) = FindOwn(cgroup);
        program?.Dispose();
        return rules is null ? resources : resources with { Device = [.. rules.ToRules()] };
    }

    private static (DeviceRuleSet? Rules, SafeFileHandle? Program) FindOwn(CgroupDirectory cgroup)
    {
        foreach (uint id in BpfCall.QueryPrograms(cgroup) ?? [])
        {
            if (BpfCall.TryOpen(id) is not { } program)
                continue;
            (string name, Instruction[] instructions) = BpfCall.Describe(program);
            if (name == ProgramName && DeviceProgram.TryDisassemble(instructions) is { } rules)
                return (rules, program);
            program.Dispose();
        }
        return (null, null);
    }
}
