using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Cgroups.Devices;
using NsTools.Interop.Oci;
using Xunit;

namespace NsTools.Tests.Cgroups.Containers;

public sealed class DeviceRulesTests
{
    // "+c 1:3 rwm" allows, "-a" denies.
    private static readonly string[][] s_sets =
    [
        [],
        ["-a"],
        ["+a"],
        ["-a", "+c 1:3 r", "+c 1:3 w"],
        ["-a", "+c 10:* rwm", "-c 10:200 w"],
        ["-c 8:* rw", "+b 8:0 r", "-b 8:1 rwm"],
        ["+c 7:7 rwm", "-a", "-a rw", "+b *:3 m"],
        ["-c *:* m"],
    ];

    public static TheoryData<string> RuleSets => [.. s_sets.Select(set => string.Join(';', set))];

    [Theory]
    [MemberData(nameof(RuleSets))]
    public void The_last_rule_that_matches_decides(string texts)
    {
        IReadOnlyList<CgroupDeviceRule> rules = DeviceRules.Of([.. texts.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(Parse)]);
        Instruction[] program = OrderedDeviceProgram.Assemble(rules);
        foreach (CgroupDeviceType type in (CgroupDeviceType[])[CgroupDeviceType.Block, CgroupDeviceType.Character])
        {
            foreach ((int major, int minor) in ((int, int)[])[(1, 3), (5, 2), (8, 0), (8, 1), (10, 200), (10, 1), (7, 7), (136, 9)])
            {
                for (int access = 1; access <= 7; access++)
                    Assert.Equal(Decide(rules, type, major, minor, access), DeviceProgramMachine.Run(program, type, major, minor, access));
            }
        }
    }

    [RootFact]
    public void The_kernel_takes_every_such_program()
    {
        foreach (string[] set in s_sets)
        {
            Instruction[] program = OrderedDeviceProgram.Assemble(DeviceRules.Of([.. set.Select(Parse)]));
            using SafeFileHandle loaded = BpfCall.LoadDeviceProgram(program, "nstools_test");
            Assert.False(loaded.IsInvalid);
        }
    }

    [Theory]
    [InlineData("-a;+c 10:229 rwm;-c 10:229 w", "+c 10:229 rm")]
    [InlineData("-a;+c 10:1 rwm;+c 10:2 r;-c 10:* rwm", "")]
    [InlineData("-a;+b 8:0 rwm;-b *:0 w", "+b 8:0 rm")]
    public void On_v1_what_is_taken_back_is_no_exception_any_more(string texts, string expected)
    {
        string[] always = [.. DeviceRules.SetOf([Parse("-a")]).Exceptions.Select(Show)];
        DeviceRuleSet set = DeviceRules.SetOf([.. texts.Split(';').Select(Parse)]);
        Assert.False(set.AllowsByDefault);
        Assert.Equal(expected, string.Join(';', set.Exceptions.Select(Show).Except(always)));
    }

    [Theory]
    [InlineData("-a;+c 10:* rwm;-c 10:200 w")]
    [InlineData("-a;+b *:0 r;-b 8:* r")]
    public void On_v1_a_hole_in_a_wildcard_is_an_error_that_names_the_rule(string texts)
    {
        DeviceRuleSpec[] rules = [.. texts.Split(';').Select(Parse)];
        Assert.Equal("$.linux.resources.devices[2]", Assert.Throws<RuntimeSpecException>(() => DeviceRules.SetOf(rules)).Path);
    }

    [Fact]
    public void What_is_no_rule_is_an_error_that_names_its_member()
    {
        Assert.Equal("$.linux.resources.devices[0].type", Refused(new() { Allow = true, Type = "u" }));
        Assert.Equal("$.linux.resources.devices[0].access", Refused(new() { Allow = true, Type = "c", Access = "x" }));
        Assert.Equal("$.linux.resources.devices[0].major", Refused(new() { Allow = true, Type = "c", Major = -2 }));
    }

    private static string Refused(DeviceRuleSpec rule) => Assert.Throws<RuntimeSpecException>(() => DeviceRules.Of([rule])).Path;

    private static bool Decide(IReadOnlyList<CgroupDeviceRule> rules, CgroupDeviceType type, int major, int minor, int access)
    {
        for (int bit = 1; bit <= 4; bit <<= 1)
        {
            CgroupDeviceRule? rule = rules.LastOrDefault(rule => (rule.Type == type || rule.Type == CgroupDeviceType.All)
                && (rule.Major ?? major) == major && (rule.Minor ?? minor) == minor && ((int)rule.Access & bit) != 0);
            if ((access & bit) != 0 && rule is { Allow: false })
                return false;
        }
        return true;
    }

    private static string Show(CgroupDeviceRule rule) => (rule.Allow ? "+" : "-") + rule.Expression;

    private static DeviceRuleSpec Parse(string text)
    {
        string[] words = text[1..].Split(' ');
        string[] numbers = words.Length > 1 && words[1].Contains(':') ? words[1].Split(':') : ["*", "*"];
        return new()
        {
            Allow = text[0] == '+',
            Type = words[0],
            Major = numbers[0] == "*" ? null : long.Parse(numbers[0]),
            Minor = numbers[1] == "*" ? -1 : long.Parse(numbers[1]),
            Access = words.Length == 1 ? null : words[^1],
        };
    }
}
