using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups;

/// <summary>
/// The file of a v1 cgroup into which a process that has only one thread, such as one that was just cloned, writes
/// <c>0</c> to be in it.
/// </summary>
/// <remarks>
/// <c>tasks</c>: a thread that moves itself needs no lock on all forks of the system. <c>cgroup.procs</c> takes it, for which
/// it waits for an RCU grace period, some 10 ms (<c>cgroup_procs_write_start</c> in <c>kernel/cgroup/cgroup.c</c>). Who
/// writes need not be who may: the kernel asks for the rights of the one who has opened the file.
/// </remarks>
public static class CgroupDoor
{
    /// <summary>Opens it, for writing.</summary>
    /// <param name="directory">Descriptor of the cgroup's directory.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="SyscallException">It cannot be opened: <c>EACCES</c> for who may not put processes there.</exception>
    public static unsafe SafeFileHandle Open(int directory, string path)
    {
        foreach (byte[] name in (byte[][])["tasks\0"u8.ToArray(), "cgroup.procs\0"u8.ToArray()])
        {
            fixed (byte* bytes = name)
            {
                int descriptor = openat(directory, bytes, O_WRONLY | O_CLOEXEC, 0);
                if (descriptor >= 0)
                    return new SafeFileHandle(descriptor, ownsHandle: true);
            }
            // Who was delegated a cgroup need not have been given "tasks" (cgroups(7), "Delegation" names cgroup.procs).
            if (errno != EACCES)
                break;
        }
        throw SyscallException.FromLastError("openat", path + "/cgroup.procs", "entering the cgroup");
    }
}
