using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Names and numbers of resource limits (<c>getrlimit(2)</c>).</summary>
public static unsafe class ResourceLimit
{
    /// <summary>No limit, <c>RLIM_INFINITY</c>.</summary>
    public const ulong Infinity = ulong.MaxValue;

    // asm-generic/resource.h: the same on x86-64 and arm64.
    private static readonly string[] s_names =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
        "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    /// <summary>The names; the index is the limit's number.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>The number of a limit; -1 for a name that is none.</summary>
    /// <param name="name">The name, such as <c>RLIMIT_NOFILE</c>.</param>
    public static int NumberOf(string name) => Array.IndexOf(s_names, name);

    /// <summary>Reads a limit of the calling process (<c>prlimit(2)</c>).</summary>
    /// <param name="number">The limit's number.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public static (ulong Soft, ulong Hard) Read(int number)
    {
        ulong* limit = stackalloc ulong[2];
        if ((int)syscall(SyscallNumber.PrLimit64, 0, number, null, limit) < 0)
            throw SyscallException.FromLastError("prlimit", s_names[number]);
        return (limit[0], limit[1]);
    }

    /// <summary>Sets a limit of the calling process (<c>prlimit(2)</c>).</summary>
    /// <param name="number">The limit's number.</param>
    /// <param name="soft">What is enforced; <see cref="Infinity"/> for no limit.</param>
    /// <param name="hard">Up to where <paramref name="soft"/> may be raised without privilege.</param>
    /// <returns>False when the kernel refused it; <c>errno</c> says why.</returns>
    public static bool TryWrite(int number, ulong soft, ulong hard)
    {
        ulong* limit = stackalloc ulong[] { soft, hard };
        return (int)syscall(SyscallNumber.PrLimit64, 0, number, limit, null) >= 0;
    }
}
