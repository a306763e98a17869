namespace NsTools.Interop.Cgroups.Devices;

/// <summary>
/// A device rule set as an eBPF program of type <c>BPF_PROG_TYPE_CGROUP_DEVICE</c> and back: what is in the kernel is
/// the only place where v2 rules are kept.
/// </summary>
internal static class DeviceProgram
{
    // Registers: R1 is the context, then scratch; the others keep what the context says.
    private const int Scratch = 1, Type = 2, Access = 3, Major = 4, Minor = 5;
    private const int BlockDevice = 1; // BPF_DEVCG_DEV_BLOCK
    private const int CharacterDevice = 2; // BPF_DEVCG_DEV_CHAR
    private const int PreludeLength = 6;

    /// <summary>The program.</summary>
    public static Instruction[] Assemble(DeviceRuleSet rules)
    {
        // struct bpf_cgroup_dev_ctx: u32 access_type ((access << 16) | type), u32 major, u32 minor.
        List<Instruction> program =
        [
            Instruction.Make(Instruction.LoadWord, Type, Scratch, offset: 0),
            Instruction.Make(Instruction.MoveRegister, Access, Type),
            Instruction.Make(Instruction.LoadWord, Major, Scratch, offset: 4),
            Instruction.Make(Instruction.LoadWord, Minor, Scratch, offset: 8),
            Instruction.Make(Instruction.ShiftRight, Access, immediate: 16),
            Instruction.Make(Instruction.AndImmediate, Type, immediate: 0xFFFF),
        ];
        foreach (CgroupDeviceRule rule in rules.Exceptions)
        {
            // Each test jumps to the end of its exception when it does not hold; the end is the block's length.
            int length = 6 + (rule.Major is null ? 0 : 1) + (rule.Minor is null ? 0 : 1);
            int start = program.Count;
            int ToEnd() => length - (program.Count - start) - 1;
            program.Add(Instruction.Make(
                Instruction.NotEqualImmediate, Type, offset: ToEnd(), immediate: rule.Type == CgroupDeviceType.Block ? BlockDevice : CharacterDevice));
            program.Add(Instruction.Make(Instruction.MoveRegister, Scratch, Access));
            program.Add(Instruction.Make(Instruction.AndImmediate, Scratch, immediate: (int)rule.Access));
            // Denied when any of what is asked for is denied; allowed only when all of it is.
            program.Add(rules.AllowsByDefault
                ? Instruction.Make(Instruction.EqualImmediate, Scratch, offset: ToEnd(), immediate: 0)
                : Instruction.Make(Instruction.NotEqualRegister, Scratch, Access, ToEnd()));
            if (rule.Major is { } major)
                program.Add(Instruction.Make(Instruction.NotEqualImmediate, Major, offset: ToEnd(), immediate: major));
            if (rule.Minor is { } minor)
                program.Add(Instruction.Make(Instruction.NotEqualImmediate, Minor, offset: ToEnd(), immediate: minor));
            program.Add(Instruction.Make(Instruction.MoveImmediate, 0, immediate: rules.AllowsByDefault ? 0 : 1));
            program.Add(Instruction.Make(Instruction.ReturnR0));
        }
        program.Add(Instruction.Make(Instruction.MoveImmediate, 0, immediate: rules.AllowsByDefault ? 1 : 0));
        program.Add(Instruction.Make(Instruction.ReturnR0));
        return [.. program];
    }

    /// <summary>The rule set of a program that <see cref="Assemble"/> made; null for any other program.</summary>
    public static DeviceRuleSet? TryDisassemble(ReadOnlySpan<Instruction> program)
    {
        if (program.Length < PreludeLength + 2 || program[^1].Code != Instruction.ReturnR0 || program[^2].Code != Instruction.MoveImmediate)
            return null;
        bool allows = program[^2].Immediate != 0;
        List<CgroupDeviceRule> exceptions = [];
        for (int at = PreludeLength; at < program.Length - 2;)
        {
            int end = at + 1 + program[at].Offset;
            if (program[at].Code != Instruction.NotEqualImmediate || program[at].Destination != Type || end > program.Length - 2 || end - at < 6)
                return null;
            int? major = null, minor = null;
            for (int test = at + 4; test < end - 2; test++)
            {
                if (program[test].Destination == Major)
                    major = program[test].Immediate;
                else
                    minor = program[test].Immediate;
            }
            exceptions.Add(new CgroupDeviceRule
            {
                Allow = !allows,
                Type = program[at].Immediate == BlockDevice ? CgroupDeviceType.Block : CgroupDeviceType.Character,
                Major = major,
                Minor = minor,
                Access = (CgroupDeviceAccess)program[at + 2].Immediate,
            });
            at = end;
        }
        DeviceRuleSet rules = new() { AllowsByDefault = allows, Exceptions = exceptions };
        // Proof that it is ours: made again, it is the same.
        return program.SequenceEqual(Assemble(rules)) ? rules : null;
    }
}
