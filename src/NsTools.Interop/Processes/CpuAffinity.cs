using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>The CPUs that a thread runs on.</summary>
public static unsafe class CpuAffinity
{
    /// <summary>Sets those of the calling thread to what a config says.</summary>
    /// <param name="list">A list such as <c>0-3,7</c>; null leaves them.</param>
    /// <param name="path">The member's JSON path.</param>
    /// <exception cref="SyscallException">The kernel refuses it: <c>EINVAL</c> when it has none of them.</exception>
    public static void Apply(string? list, string path)
    {
        if (list is not null && !TryWrite(NumberList.TryParse(list)!))
            throw SyscallException.FromLastError("sched_setaffinity", list, $"config {path}");
    }

    /// <summary>Sets those of the calling thread (<c>sched_setaffinity(2)</c>).</summary>
    /// <param name="cpus">Numbers of the CPUs.</param>
    /// <returns>False when the kernel refused it; <c>errno</c> says why: <c>EINVAL</c> when it has none of them.</returns>
    public static bool TryWrite(IReadOnlyList<int> cpus)
    {
        byte[] mask = NumberList.ToMask(cpus);
        fixed (byte* bits = mask)
            return (int)syscall(SyscallNumber.SchedSetAffinity, 0, mask.Length, bits) >= 0;
    }
}
