using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Execution domains (<c>personality(2)</c>, <c>linux/personality.h</c>).</summary>
public static class ExecutionDomain
{
    /// <summary>The number of a domain of the specification; -1 for a name that is none.</summary>
    /// <param name="name"><c>LINUX</c> or <c>LINUX32</c>.</param>
    public static int NumberOf(string name) => name switch
    {
        "LINUX" => 0x0000,
        "LINUX32" => 0x0008,
        _ => -1,
    };

    /// <summary>Sets the calling thread's.</summary>
    /// <param name="number">The domain's number.</param>
    /// <returns>False when the kernel refused it; <c>errno</c> says why.</returns>
    public static bool TryWrite(int number) => (int)syscall(SyscallNumber.Personality, number) >= 0;
}
