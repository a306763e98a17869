using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Names and numbers of NUMA memory policies (<c>set_mempolicy(2)</c>, <c>linux/mempolicy.h</c>).</summary>
public static unsafe class MemoryPolicyMode
{
    private static readonly string[] s_modes =
    [
        "MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY",
        "MPOL_WEIGHTED_INTERLEAVE",
    ];

    // From bit 13 on.
    private static readonly string[] s_flags = ["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"];

    /// <summary>The modes; the index is the number.</summary>
    public static IReadOnlyList<string> Modes => s_modes;

    /// <summary>The flags.</summary>
    public static IReadOnlyList<string> Flags => s_flags;

    /// <summary>The number of a mode; -1 for a name that is none.</summary>
    /// <param name="name">The name, such as <c>MPOL_BIND</c>.</param>
    public static int NumberOf(string name) => Array.IndexOf(s_modes, name);

    /// <summary>The flag's bit; 0 for a name that is none.</summary>
    /// <param name="name">The name, such as <c>MPOL_F_STATIC_NODES</c>.</param>
    public static int FlagOf(string name) => Array.IndexOf(s_flags, name) is var bit and >= 0 ? 1 << (13 + bit) : 0;

    /// <summary>Sets the policy of the calling thread (<c>set_mempolicy(2)</c>).</summary>
    /// <param name="mode">Number of the mode, with flags.</param>
    /// <param name="nodes">The nodes; empty for none.</param>
    /// <returns>False when the kernel refused it; <c>errno</c> says why: <c>ENOSYS</c> for one without NUMA.</returns>
    public static bool TryWrite(int mode, IReadOnlyList<int> nodes)
    {
        byte[] mask = NumberList.ToMask(nodes);
        // One more than bits: the kernel takes the number for exclusive.
        fixed (byte* bits = mask)
            return (int)syscall(SyscallNumber.SetMemPolicy, mode, nodes.Count == 0 ? null : bits, nodes.Count == 0 ? 0 : (mask.Length * 8) + 1) >= 0;
    }
}
