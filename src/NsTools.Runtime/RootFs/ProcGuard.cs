using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// Keeps mounts out of <c>/proc</c>: a volume on <c>/proc/self/attr</c> would take the write that confines the process
/// (CVE-2019-16884). Judged by what the place is, not by its path: a link may lead there.
/// </summary>
internal static class ProcGuard
{
    // What lxcfs and its like give a container for its own view, and the same as runc lets through.
    private static readonly string[] s_harmless =
    [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
        "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ];

    /// <summary>Refuses a mount on something in procfs; procfs itself may lie over procfs.</summary>
    /// <param name="target">The place.</param>
    /// <param name="destination">Its path, as the config has it.</param>
    /// <param name="mount">What is to be mounted.</param>
    /// <exception cref="SyscallException"><c>EPERM</c>: it is such a place.</exception>
    public static void Check(SafeFileHandle target, string destination, SafeFileHandle mount)
    {
        if (FileSystemMagic.Of(target) != FileSystemMagic.Proc)
            return;
        if (ProcFileSystem.IsRoot(target) ? ProcFileSystem.IsRoot(mount) : Array.IndexOf(s_harmless, destination) >= 0)
            return;
        throw new SyscallException("move_mount", EPERM, destination, "it lies inside /proc, where nothing but procfs itself may be mounted");
    }
}
