namespace NsTools.Interop.Cgroups.Devices;

/// <summary>
/// Device rules in order as an eBPF program: the last rule that matches decides, for each of read, write and make by
/// itself, and what none matches is allowed (runtime-spec, config-linux.md, "Allowed Device list").
/// </summary>
internal static class OrderedDeviceProgram
{
    // R3 holds what is still to be decided of the access that is asked for.
    private const int Scratch = 1, Type = 2, Wanted = 3, Major = 4, Minor = 5;
    private const int BlockDevice = 1; // BPF_DEVCG_DEV_BLOCK
    private const int CharacterDevice = 2; // BPF_DEVCG_DEV_CHAR

    /// <summary>The program.</summary>
    /// <param name="rules">The rules, the first one first.</param>
    public static Instruction[] Assemble(IReadOnlyList<CgroupDeviceRule> rules)
    {
        // struct bpf_cgroup_dev_ctx: u32 access_type ((access << 16) | type), u32 major, u32 minor.
        List<Instruction> program =
        [
            Instruction.Make(Instruction.LoadWord, Type, Scratch, offset: 0),
            Instruction.Make(Instruction.MoveRegister, Wanted, Type),
            Instruction.Make(Instruction.LoadWord, Major, Scratch, offset: 4),
            Instruction.Make(Instruction.LoadWord, Minor, Scratch, offset: 8),
            Instruction.Make(Instruction.ShiftRight, Wanted, immediate: 16),
            Instruction.Make(Instruction.AndImmediate, Type, immediate: 0xFFFF),
        ];
        // From the last: the first that matches decides.
        foreach (CgroupDeviceRule rule in rules.Reverse())
        {
            AddRule(program, rule);
            if (IsAll(rule))
                break; // nothing is left to decide: the kernel's verifier refuses what cannot be reached
        }
        if (rules.Count == 0 || !rules.Any(IsAll))
            AddReturn(program, 1);
        return [.. program];
    }

    private static bool IsAll(CgroupDeviceRule rule) =>
        rule is { Type: CgroupDeviceType.All, Major: null, Minor: null, Access: CgroupDeviceAccess.All };

    private static void AddRule(List<Instruction> program, CgroupDeviceRule rule)
    {
        if (IsAll(rule))
        {
            AddReturn(program, rule.Allow ? 1 : 0);
            return;
        }
        int tests = (rule.Type == CgroupDeviceType.All ? 0 : 1) + (rule.Major is null ? 0 : 1) + (rule.Minor is null ? 0 : 1);
        // What follows the tests: allow is 4 instructions, deny 5; each test jumps behind them when it does not hold.
        int end = program.Count + tests + (rule.Allow ? 4 : 5);
        int ToEnd() => end - program.Count - 1;
        if (rule.Type != CgroupDeviceType.All)
        {
            program.Add(Instruction.Make(
                Instruction.NotEqualImmediate, Type, offset: ToEnd(), immediate: rule.Type == CgroupDeviceType.Block ? BlockDevice : CharacterDevice));
        }
        if (rule.Major is { } major)
            program.Add(Instruction.Make(Instruction.NotEqualImmediate, Major, offset: ToEnd(), immediate: major));
        if (rule.Minor is { } minor)
            program.Add(Instruction.Make(Instruction.NotEqualImmediate, Minor, offset: ToEnd(), immediate: minor));
        if (rule.Allow)
        {
            // What it allows is decided; when nothing is left, all of it was allowed.
            program.Add(Instruction.Make(Instruction.AndImmediate, Wanted, immediate: (int)(CgroupDeviceAccess.All & ~rule.Access)));
            program.Add(Instruction.Make(Instruction.NotEqualImmediate, Wanted, offset: 2, immediate: 0));
            AddReturn(program, 1);
        }
        else
        {
            program.Add(Instruction.Make(Instruction.MoveRegister, Scratch, Wanted));
            program.Add(Instruction.Make(Instruction.AndImmediate, Scratch, immediate: (int)rule.Access));
            program.Add(Instruction.Make(Instruction.EqualImmediate, Scratch, offset: 2, immediate: 0));
            AddReturn(program, 0);
        }
    }

    private static void AddReturn(List<Instruction> program, int value)
    {
        program.Add(Instruction.Make(Instruction.MoveImmediate, 0, immediate: value));
        program.Add(Instruction.Make(Instruction.ReturnR0));
    }
}
