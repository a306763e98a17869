namespace NsTools.Interop.Processes;

/// <summary>Names and numbers of NUMA memory policies (<c>set_mempolicy(2)</c>, <c>linux/mempolicy.h</c>).</summary>
public static class MemoryPolicyMode
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
}
