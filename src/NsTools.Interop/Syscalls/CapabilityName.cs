using System.Globalization;

namespace NsTools.Interop.Syscalls;

/// <summary>Names and numbers of capabilities (<c>capabilities(7)</c>, <c>linux/capability.h</c>).</summary>
public static class CapabilityName
{
    private static readonly string[] s_names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>The names; the index is the capability's number.</summary>
    public static IReadOnlyList<string> All => s_names;

    /// <summary>The number of a capability; -1 for a name that is none.</summary>
    /// <param name="name">The name, such as <c>CAP_CHOWN</c>.</param>
    public static int NumberOf(string name) => Array.IndexOf(s_names, name);

    /// <summary>The name of a capability; its number for one that is newer than this list.</summary>
    /// <param name="number">The number.</param>
    public static string Of(int number) =>
        number < s_names.Length ? s_names[number] : number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The set of these capabilities, bit n for number n; names that are none are left out.</summary>
    /// <param name="names">The names; null for none.</param>
    public static ulong SetOf(IReadOnlyList<string>? names)
    {
        ulong set = 0;
        for (int i = 0; i < (names?.Count ?? 0); i++)
        {
            if (NumberOf(names![i]) is var number and >= 0)
                set |= 1ul << number;
        }
        return set;
    }
}
