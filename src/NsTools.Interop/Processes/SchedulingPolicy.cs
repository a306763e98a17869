using System.Runtime.InteropServices;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Names and numbers of scheduling policies and flags (<c>sched_setattr(2)</c>, <c>linux/sched.h</c>).</summary>
public static unsafe class SchedulingPolicy
{
    /// <summary><c>SCHED_FIFO</c>.</summary>
    public const int Fifo = 1;

    /// <summary><c>SCHED_RR</c>.</summary>
    public const int RoundRobin = 2;

    /// <summary><c>SCHED_DEADLINE</c>.</summary>
    public const int Deadline = 6;

    private static readonly string[] s_policies =
        ["SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE"];

    private static readonly string[] s_flags =
    [
        "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY",
        "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
    ];

    /// <summary>The policies; the index is the number.</summary>
    public static IReadOnlyList<string> Policies => s_policies;

    /// <summary>The flags; the index is the number of the bit.</summary>
    public static IReadOnlyList<string> Flags => s_flags;

    /// <summary>The number of a policy; -1 for a name that is none.</summary>
    /// <param name="name">The name, such as <c>SCHED_BATCH</c>.</param>
    public static int NumberOf(string name) => Array.IndexOf(s_policies, name);

    /// <summary>The flag's bit; 0 for a name that is none.</summary>
    /// <param name="name">The name, such as <c>SCHED_FLAG_RESET_ON_FORK</c>.</param>
    public static ulong FlagOf(string name) => Array.IndexOf(s_flags, name) is var bit and >= 0 ? 1ul << bit : 0;

    /// <summary>Sets policy and attributes of the calling thread (<c>sched_setattr(2)</c>).</summary>
    /// <param name="attributes">What to set.</param>
    /// <returns>False when the kernel refused it; <c>errno</c> says why.</returns>
    public static bool TryWrite(SchedulingAttributes attributes)
    {
        attributes.Size = (uint)sizeof(SchedulingAttributes);
        return (int)syscall(SyscallNumber.SchedSetAttr, 0, &attributes, 0) >= 0;
    }
}

/// <summary><c>struct sched_attr</c> (<c>linux/sched/types.h</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SchedulingAttributes
{
    internal uint Size;

    /// <summary>Number of the policy.</summary>
    public uint Policy;

    /// <summary>Flags.</summary>
    public ulong Flags;

    /// <summary>Nice value, -20 to 19.</summary>
    public int Nice;

    /// <summary>Static priority, 1 to 99 for the realtime policies, otherwise 0.</summary>
    public uint Priority;

    /// <summary>Nanoseconds of <c>SCHED_DEADLINE</c>.</summary>
    public ulong Runtime, Deadline, Period;

    /// <summary>Bounds of the utilisation, 0 to 1024.</summary>
    public uint UtilizationMinimum, UtilizationMaximum;
}
