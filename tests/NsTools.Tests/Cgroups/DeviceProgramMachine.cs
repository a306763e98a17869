using NsTools.Interop.Cgroups;
using NsTools.Interop.Cgroups.Devices;

namespace NsTools.Tests.Cgroups;

/// <summary>As much of the eBPF machine as device programs use.</summary>
internal static class DeviceProgramMachine
{
    /// <summary>What the program says to an access (bits of BPF_DEVCG_ACC_*).</summary>
    public static bool Run(Instruction[] program, CgroupDeviceType type, int major, int minor, int access)
    {
        uint[] context = [(uint)((access << 16) | (type == CgroupDeviceType.Block ? 1 : 2)), (uint)major, (uint)minor];
        uint[] registers = new uint[11];
        for (int at = 0; ; at++)
        {
            Instruction step = program[at];
            int source = step.Registers >> 4;
            ref uint target = ref registers[step.Destination];
            switch (step.Code)
            {
                case Instruction.LoadWord:
                    target = context[step.Offset / 4];
                    break;
                case Instruction.MoveRegister:
                    target = registers[source];
                    break;
                case Instruction.MoveImmediate:
                    target = (uint)step.Immediate;
                    break;
                case Instruction.AndImmediate:
                    target &= (uint)step.Immediate;
                    break;
                case Instruction.ShiftRight:
                    target >>= step.Immediate;
                    break;
                case Instruction.EqualImmediate:
                    at += target == (uint)step.Immediate ? step.Offset : 0;
                    break;
                case Instruction.NotEqualImmediate:
                    at += target != (uint)step.Immediate ? step.Offset : 0;
                    break;
                case Instruction.NotEqualRegister:
                    at += target != registers[source] ? step.Offset : 0;
                    break;
                case Instruction.ReturnR0:
                    return registers[0] != 0;
                default:
                    throw new InvalidOperationException($"instruction {step.Code:x}");
            }
        }
    }
}
