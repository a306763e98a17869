using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Who the calling process is to the kernel.</summary>
public static class CallerIdentity
{
    /// <summary>True for user 0 of the initial user namespace: what its <c>uid_map</c> tells by mapping every ID to itself (<c>user_namespaces(7)</c>).</summary>
    /// <exception cref="SyscallException">procfs is not mounted on <c>/proc</c>.</exception>
    public static unsafe bool IsHostRoot
    {
        get
        {
            if (geteuid() != 0)
                return false;
            using SafeFileHandle map = Descriptor.Open("/proc/self/uid_map", O_RDONLY);
            const int Length = 128;
            byte* text = stackalloc byte[Length];
            long count = read(Descriptor.Number(map), text, Length);
            // "         0          0 4294967295"
            return count > 0 && System.Text.Encoding.ASCII.GetString(text, (int)count).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295"];
        }
    }
}
