using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Processes;

namespace NsTools.Interop.Oci.State;

/// <summary>Signals to a container's first process, or to all of them.</summary>
public static class ContainerKill
{
    /// <summary>Sends a signal to its first process, by a descriptor: the number could be another's by now.</summary>
    /// <param name="record">The container.</param>
    /// <param name="signal">The signal's number.</param>
    /// <returns>False when it has ended.</returns>
    /// <exception cref="Syscalls.SyscallException">The caller may not signal it (EPERM).</exception>
    public static bool Send(ContainerRecord record, int signal)
    {
        if (record.Process is not { } identity)
            return false;
        using SafeFileHandle? process = ProcessDescriptor.Open(identity);
        if (process is null)
            return false;
        ProcessDescriptor.Signal(process, signal);
        return true;
    }

    /// <summary>Sends a signal to all its processes.</summary>
    /// <param name="record">The container.</param>
    /// <param name="signal">The signal's number.</param>
    /// <exception cref="Syscalls.SyscallException">The kernel refused it.</exception>
    public static void SendAll(ContainerRecord record, int signal)
    {
        if (record.Cgroup is { Directories.Count: > 0 } found)
        {
            using ContainerCgroup cgroup = ContainerCgroup.Open(found);
            ContainerProcesses.Signal(cgroup, signal);
        }
        else
        {
            Send(record, signal);
        }
    }
}
