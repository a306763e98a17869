using System.Runtime.InteropServices;

namespace NsTools.Interop.Cgroups.Devices;

/// <summary><c>struct bpf_insn</c> (<c>linux/bpf.h</c>), and the few instructions that a device program needs.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct Instruction(byte Code, byte Registers, short Offset, int Immediate)
{
    // Classes, sizes and operations of linux/bpf_common.h and linux/bpf.h, combined.
    public const byte LoadWord = 0x61;        // BPF_LDX | BPF_MEM | BPF_W
    public const byte MoveRegister = 0xBC;    // BPF_ALU | BPF_MOV | BPF_X
    public const byte MoveImmediate = 0xB4;   // BPF_ALU | BPF_MOV | BPF_K
    public const byte AndImmediate = 0x54;    // BPF_ALU | BPF_AND | BPF_K
    public const byte ShiftRight = 0x74;      // BPF_ALU | BPF_RSH | BPF_K
    public const byte NotEqualImmediate = 0x55; // BPF_JMP | BPF_JNE | BPF_K
    public const byte NotEqualRegister = 0x5D;  // BPF_JMP | BPF_JNE | BPF_X
    public const byte EqualImmediate = 0x15;    // BPF_JMP | BPF_JEQ | BPF_K
    public const byte ReturnR0 = 0x95;          // BPF_JMP | BPF_EXIT

    /// <summary>An instruction.</summary>
    public static Instruction Make(byte code, int destination = 0, int source = 0, int offset = 0, int immediate = 0) =>
        new(code, (byte)(destination | (source << 4)), (short)offset, immediate);

    /// <summary>The destination register.</summary>
    public int Destination => Registers & 0xF;
}
