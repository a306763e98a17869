using NsTools.Interop.Cgroups.Devices;
using NsTools.Interop.Oci;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>The device rules of a container: those of <c>linux.resources.devices</c> and, after them, what every container may use.</summary>
internal static class DeviceRules
{
    // What the default devices of the spec and a terminal need, and mknod(2) of any device, which gives no access to it:
    // runc's AllowedDevices, crun's default_devices (config-linux.md, "Default Devices").
    private static readonly CgroupDeviceRule[] s_always =
    [
        Allow("c *:* m"), Allow("b *:* m"),
        Allow("c 1:3 rwm"), Allow("c 1:5 rwm"), Allow("c 1:7 rwm"), Allow("c 1:8 rwm"), Allow("c 1:9 rwm"), // null zero full random urandom
        Allow("c 5:0 rwm"), Allow("c 5:1 rwm"), Allow("c 5:2 rwm"), Allow("c 136:* rwm"),                   // tty console ptmx pts
    ];

    /// <summary>All rules in order; the last one that matches decides.</summary>
    /// <param name="rules">The config's.</param>
    /// <exception cref="RuntimeSpecException">One is no rule.</exception>
    public static IReadOnlyList<CgroupDeviceRule> Of(IReadOnlyList<DeviceRuleSpec> rules) =>
        [.. rules.Select(Convert), .. s_always];

    /// <summary>The same for v1, which keeps a default and exceptions from it.</summary>
    /// <param name="rules">The config's.</param>
    /// <exception cref="RuntimeSpecException">
    /// One is no rule, or takes a part out of an earlier one with wildcards: v1 would take it and do nothing.
    /// </exception>
    public static DeviceRuleSet SetOf(IReadOnlyList<DeviceRuleSpec> rules)
    {
        DeviceRuleSet set = DeviceRuleSet.AllowAll;
        for (int i = 0; i < rules.Count; i++)
        {
            foreach (CgroupDeviceRule rule in Split(Convert(rules[i], i)))
                set = rule.Type != CgroupDeviceType.All && rule.Allow == set.AllowsByDefault ? Cancel(set, rule, i) : set.With(rule);
        }
        return s_always.Aggregate(set, (all, rule) => all.With(rule));
    }

    private static CgroupDeviceRule Convert(DeviceRuleSpec rule, int index)
    {
        RuntimeSpecException Wrong(string member, string problem) => new($"$.linux.resources.devices[{index}].{member}", problem);
        CgroupDeviceAccess access = CgroupDeviceAccess.None;
        foreach (char letter in string.IsNullOrEmpty(rule.Access) ? "rwm" : rule.Access)
        {
            access |= letter switch
            {
                'r' => CgroupDeviceAccess.Read,
                'w' => CgroupDeviceAccess.Write,
                'm' => CgroupDeviceAccess.Make,
                _ => throw Wrong("access", $"'{rule.Access}' has other letters than r, w and m"),
            };
        }
        return new CgroupDeviceRule
        {
            Allow = rule.Allow,
            Type = rule.Type switch
            {
                null or "" or "a" => CgroupDeviceType.All,
                "b" => CgroupDeviceType.Block,
                "c" => CgroupDeviceType.Character,
                _ => throw Wrong("type", $"'{rule.Type}' is none of a, b and c"),
            },
            Major = Number(rule.Major, () => Wrong("major", $"{rule.Major} is no device number")),
            Minor = Number(rule.Minor, () => Wrong("minor", $"{rule.Minor} is no device number")),
            Access = access,
        };
    }

    private static int? Number(long? number, Func<RuntimeSpecException> wrong) =>
        number is null or -1 ? null : number is >= 0 and <= int.MaxValue ? (int)number.Value : throw wrong();

    // v1's "a" is all devices and every access, whatever else stands in the rule; a lesser one is one for each kind.
    private static IEnumerable<CgroupDeviceRule> Split(CgroupDeviceRule rule) =>
        rule.Type != CgroupDeviceType.All || (rule.Major is null && rule.Minor is null && rule.Access == CgroupDeviceAccess.All)
            ? [rule]
            : [rule with { Type = CgroupDeviceType.Block }, rule with { Type = CgroupDeviceType.Character }];

    // What is the default again is no exception any more.
    private static DeviceRuleSet Cancel(DeviceRuleSet set, CgroupDeviceRule rule, int index)
    {
        foreach (CgroupDeviceRule exception in set.Exceptions)
        {
            if (rule.Type != exception.Type || (rule.Access & exception.Access) == 0 || !Meet(rule.Major, exception.Major) || !Meet(rule.Minor, exception.Minor))
                continue;
            if ((rule.Major is not null && rule.Major != exception.Major) || (rule.Minor is not null && rule.Minor != exception.Minor))
            {
                throw new RuntimeSpecException(
                    $"$.linux.resources.devices[{index}]", $"cgroup v1 cannot take '{rule.Expression}' out of '{exception.Expression}' of a rule before it; name the devices one by one");
            }
            set = set.With(exception with { Allow = rule.Allow, Access = rule.Access });
        }
        return set;
    }

    private static bool Meet(int? one, int? other) => one is null || other is null || one == other;

    private static CgroupDeviceRule Allow(string text) => CgroupDeviceRule.TryParse(text, allow: true)!;
}
