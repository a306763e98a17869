using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;

namespace NsTools.Interop.Oci.State;

/// <summary>Sees that nothing of a container runs any more, before what is kept of it is removed.</summary>
public static class ContainerEnd
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Kills what still runs, when that is wanted, and waits for its end.</summary>
    /// <param name="container">The container, which the caller has locked, or has just seen the end of.</param>
    /// <param name="record">Its record.</param>
    /// <param name="isForced">True to kill what still runs.</param>
    /// <exception cref="ContainerException">It runs, or cannot be killed in 10 s.</exception>
    /// <exception cref="Syscalls.SyscallException">The kernel refused a signal.</exception>
    public static void Require(Container container, ContainerRecord record, bool isForced)
    {
        ContainerStatus status = container.Status(record);
        if (status == ContainerStatus.Stopped || record.Process is not { } identity)
            return;
        // One that was never started has no program that could lose anything.
        if (!isForced && status != ContainerStatus.Created)
            throw new ContainerException($"cannot delete container '{container.Id}': it is {ContainerStatusName.Of(status)}, not stopped");
        using SafeFileHandle? process = ProcessDescriptor.Open(identity);
        ContainerKill.SendAll(record, Signals.Kill);
        if (process is null)
            return;
        ProcessDescriptor.Signal(process, Signals.Kill);
        if (!ProcessDescriptor.WaitForExit(process, s_patience))
            throw new ContainerException($"container '{container.Id}' cannot be killed: its process {identity.ProcessId} is still there");
    }
}
