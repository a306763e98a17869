using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Names and numbers of I/O scheduling classes (<c>ioprio_set(2)</c>, <c>linux/ioprio.h</c>).</summary>
public static class IoPriorityClass
{
    // linux/ioprio.h
    private const int WhoProcess = 1;
    private const int ClassShift = 13;

    private static readonly string[] s_names = ["IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"];

    /// <summary>The names, from number 1 on.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>The number of a class; 0 (<c>IOPRIO_CLASS_NONE</c>) for a name that is none.</summary>
    /// <param name="name">The name, such as <c>IOPRIO_CLASS_IDLE</c>.</param>
    public static int NumberOf(string name) => Array.IndexOf(s_names, name) + 1;

    /// <summary>Sets class and priority of the calling thread (<c>ioprio_set(2)</c>).</summary>
    /// <param name="number">The class's number.</param>
    /// <param name="priority">0 (first) to 7 (last).</param>
    /// <returns>False when the kernel refused it; <c>errno</c> says why.</returns>
    public static bool TryWrite(int number, int priority) =>
        (int)syscall(SyscallNumber.IoPrioSet, WhoProcess, 0, (number << ClassShift) | priority) >= 0;
}
