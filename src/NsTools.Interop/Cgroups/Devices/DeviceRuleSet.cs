namespace NsTools.Interop.Cgroups.Devices;

/// <summary>
/// Device rules as v1's <c>devices</c> controller keeps them: everything allowed or everything denied, and exceptions
/// to that (<c>security/device_cgroup.c</c>). v2 has no such state of its own; with this it behaves as v1 does.
/// </summary>
public sealed record DeviceRuleSet
{
    /// <summary>What a new cgroup has: everything allowed.</summary>
    public static DeviceRuleSet AllowAll { get; } = new() { AllowsByDefault = true };

    /// <summary>Whether what no exception names is allowed.</summary>
    public required bool AllowsByDefault { get; init; }

    /// <summary>The exceptions: what is denied where all is allowed, what is allowed where all is denied.</summary>
    public IReadOnlyList<CgroupDeviceRule> Exceptions { get; init; } = [];

    /// <summary>The set after one more rule, as a write to <c>devices.allow</c> or <c>devices.deny</c> would leave it.</summary>
    /// <param name="rule">The rule.</param>
    public DeviceRuleSet With(CgroupDeviceRule rule)
    {
        if (rule.Type == CgroupDeviceType.All)
            return new DeviceRuleSet { AllowsByDefault = rule.Allow };
        List<CgroupDeviceRule> exceptions = [.. Exceptions];
        int same = exceptions.FindIndex(other => other.Type == rule.Type && other.Major == rule.Major && other.Minor == rule.Minor);
        CgroupDeviceAccess before = same < 0 ? CgroupDeviceAccess.None : exceptions[same].Access;
        CgroupDeviceAccess after = rule.Allow == AllowsByDefault ? before & ~rule.Access : before | rule.Access;
        if (same >= 0)
            exceptions.RemoveAt(same);
        if (after != CgroupDeviceAccess.None)
            exceptions.Insert(same < 0 ? exceptions.Count : same, rule with { Allow = !AllowsByDefault, Access = after });
        return this with { Exceptions = exceptions };
    }

    /// <summary>The set as rules that make it from nothing: the default first.</summary>
    public IReadOnlyList<CgroupDeviceRule> ToRules() =>
        [new CgroupDeviceRule { Allow = AllowsByDefault, Type = CgroupDeviceType.All }, .. Exceptions];
}
