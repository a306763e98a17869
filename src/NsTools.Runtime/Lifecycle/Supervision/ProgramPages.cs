using System.Globalization;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// Gives back the pages of the program that starting it has touched: a supervisor sleeps, and needs a handful of them.
/// They are the file's, unchanged, and come back from the page cache when they are needed.
/// </summary>
internal static unsafe class ProgramPages
{
    // MADV_DONTNEED, madvise(2).
    private const int DoNotNeed = 4;

    /// <summary>Does it.</summary>
    public static void Release()
    {
        // "00401000-008bf000 r-xp 00001000 fd:00 5382242  /usr/bin/nsrun" (proc_pid_maps(5)). Only code, which nothing
        // ever writes to: what was relocated or changed would be lost.
        foreach (string line in System.Text.Encoding.UTF8.GetString(HostFile.ReadAll("/proc/self/maps")).Split('\n'))
        {
            string[] fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (fields is not [string range, "r-xp", _, _, not "0", ..])
                continue;
            int dash = range.IndexOf('-', StringComparison.Ordinal);
            nint start = nint.Parse(range.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            nint end = nint.Parse(range.AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _ = syscall(SyscallNumber.MAdvise, (void*)start, (void*)(end - start), DoNotNeed);
        }
    }
}
