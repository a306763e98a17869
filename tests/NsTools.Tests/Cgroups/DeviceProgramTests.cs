using NsTools.Interop.Cgroups;
using NsTools.Interop.Cgroups.Devices;
using Xunit;

namespace NsTools.Tests.Cgroups;

public sealed class DeviceProgramTests
{
    public static TheoryData<string[]> RuleSets => new()
    {
        { [] },
        { ["deny a"] },
        { ["deny c 1:3 rwm"] },
        { ["deny a", "allow c 1:3 rwm", "allow b 8:* r", "allow c *:* m", "allow c *:5 w"] },
    };

    [Theory]
    [MemberData(nameof(RuleSets))]
    public void A_program_tells_the_rules_that_it_was_made_of(string[] rules)
    {
        DeviceRuleSet set = Make(rules);
        DeviceRuleSet read = DeviceProgram.TryDisassemble(DeviceProgram.Assemble(set))!;
        Assert.Equal(set.AllowsByDefault, read.AllowsByDefault);
        Assert.Equal(set.Exceptions, read.Exceptions);
    }

    [Theory]
    [MemberData(nameof(RuleSets))]
    public void A_program_decides_as_v1_would(string[] rules)
    {
        DeviceRuleSet set = Make(rules);
        Instruction[] program = DeviceProgram.Assemble(set);
        foreach (CgroupDeviceType type in (CgroupDeviceType[])[CgroupDeviceType.Block, CgroupDeviceType.Character])
        {
            foreach ((int major, int minor) in ((int, int)[])[(1, 3), (1, 5), (8, 0), (8, 1)])
            {
                for (int access = 1; access <= 7; access++)
                    Assert.Equal(Decide(set, type, major, minor, access), DeviceProgramMachine.Run(program, type, major, minor, access));
            }
        }
    }

    [Fact]
    public void Another_program_is_not_taken_for_ours()
    {
        Instruction[] program = DeviceProgram.Assemble(Make(["deny a", "allow c 1:3 r"]));
        program[1] = program[1] with { Offset = 1 };
        Assert.Null(DeviceProgram.TryDisassemble(program));
        Assert.Null(DeviceProgram.TryDisassemble([]));
    }

    [Fact]
    public void Rules_add_up_as_in_the_v1_controller()
    {
        Assert.Equal("deny a *:* rwm; allow c 1:3 rw", Show(["deny a", "allow c 1:3 r", "allow c 1:3 w"]));
        Assert.Equal("deny a *:* rwm; allow c 1:3 w", Show(["deny a", "allow c 1:3 rw", "deny c 1:3 r"]));
        Assert.Equal("allow a *:* rwm", Show(["deny a", "allow c 1:3 rw", "allow a"]));
        Assert.Equal("allow a *:* rwm", Show(["deny c 1:3 r", "allow c 1:3 rwm"]));
    }

    [Theory]
    [InlineData("c 1:3")]
    [InlineData("c 1:3 rwm")]
    [InlineData("b *:* m")]
    [InlineData("a")]
    public void A_rule_is_read(string text) => Assert.NotNull(CgroupDeviceRule.TryParse(text, allow: true));

    [Theory]
    [InlineData("")]
    [InlineData("d 1:3 r")]
    [InlineData("c 1 r")]
    [InlineData("c 1:x r")]
    [InlineData("c 1:3 x")]
    [InlineData("c 1:3 r extra")]
    public void What_is_no_rule_is_not(string text) => Assert.Null(CgroupDeviceRule.TryParse(text, allow: true));

    private static DeviceRuleSet Make(string[] rules) => rules
        .Select(rule => CgroupDeviceRule.TryParse(rule[(rule.IndexOf(' ', StringComparison.Ordinal) + 1)..], rule.StartsWith("allow", StringComparison.Ordinal))!)
        .Aggregate(DeviceRuleSet.AllowAll, (set, rule) => set.With(rule));

    private static string Show(string[] rules) => string.Join("; ", Make(rules).ToRules());

    // security/device_cgroup.c, match_exception and match_exception_partial.
    private static bool Decide(DeviceRuleSet set, CgroupDeviceType type, int major, int minor, int access)
    {
        bool isException = set.Exceptions.Any(rule => rule.Type == type && (rule.Major ?? major) == major && (rule.Minor ?? minor) == minor
            && (set.AllowsByDefault ? ((int)rule.Access & access) != 0 : ((int)rule.Access & access) == access));
        return set.AllowsByDefault != isException;
    }
}
