namespace NsTools.Interop.Seccomp;

/// <summary>The specification's names of seccomp's actions, comparisons, flags and architectures, and libseccomp's numbers of them (<c>seccomp.h</c>).</summary>
public static class SeccompName
{
    private static readonly string[] s_actions =
    [
        "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO",
        "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
    ];

    private static readonly string[] s_comparisons =
        ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];

    private static readonly string[] s_flags =
    [
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ];

    private static readonly string[] s_architectures =
    [
        "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64",
        "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32",
        "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
        "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
        "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",
    ];

    /// <summary>The actions.</summary>
    public static IReadOnlyList<string> Actions => s_actions;

    /// <summary>The comparisons.</summary>
    public static IReadOnlyList<string> Comparisons => s_comparisons;

    /// <summary>The filter's flags.</summary>
    public static IReadOnlyList<string> Flags => s_flags;

    /// <summary>The architectures.</summary>
    public static IReadOnlyList<string> Architectures => s_architectures;

    /// <summary>The action's number without its error or message; null for a name that is none.</summary>
    /// <param name="name">The name, such as <c>SCMP_ACT_ERRNO</c>.</param>
    public static uint? ActionOf(string name) => name switch
    {
        "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => 0x00000000,
        "SCMP_ACT_KILL_PROCESS" => 0x80000000,
        "SCMP_ACT_TRAP" => 0x00030000,
        "SCMP_ACT_ERRNO" => 0x00050000,
        "SCMP_ACT_NOTIFY" => 0x7fc00000,
        "SCMP_ACT_TRACE" => 0x7ff00000,
        "SCMP_ACT_LOG" => 0x7ffc0000,
        "SCMP_ACT_ALLOW" => 0x7fff0000,
        _ => null,
    };

    /// <summary>The comparison's number (<c>enum scmp_compare</c>); 0 for a name that is none.</summary>
    /// <param name="name">The name, such as <c>SCMP_CMP_EQ</c>.</param>
    public static int ComparisonOf(string name) => Array.IndexOf(s_comparisons, name) + 1;
}
