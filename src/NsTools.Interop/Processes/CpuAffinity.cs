using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>The CPUs that a thread runs on.</summary>
public static unsafe class CpuAffinity
{
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
