using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// <c>start</c> (runtime.md, "Lifecycle", 6 to 9). The process that create has left waiting listens on a socket in the
/// container's directory. Unlike a fifo, that also tells who starts it why the program cannot be executed, and nobody
/// who comes second or too late hangs: the connection is refused.
/// </summary>
internal static class ContainerStarter
{
    /// <summary>Starts it.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="id">Its ID.</param>
    /// <exception cref="ContainerException">It is not in the right state.</exception>
    public static void Run(ContainerStore store, string id)
    {
        Container container = store.FindLocked(id, out SafeFileHandle directory);
        using (directory)
        {
            ContainerRecord record = container.Read();
            ContainerStatus status = container.Status(record);
            if (status != ContainerStatus.Created)
                throw new ContainerException($"cannot start container '{id}': it is {ContainerStatusName.Of(status)}, not created");
            using (SafeFileHandle connection = Container.ConnectToStart(directory))
                Await(new StageReports(connection), id);
            RunPoststart(container.ReadConfig().Hooks, record);
        }
    }

    /// <summary>Runs the hooks that follow the start; a failure ends the container (runtime.md, "Lifecycle", 9).</summary>
    /// <param name="hooks">The container's hooks.</param>
    /// <param name="record">What is kept of it.</param>
    /// <param name="interruption">What interrupts the wait for a hook, and ends the container, too; null for nothing.</param>
    /// <exception cref="RuntimeSpecException">A hook has failed.</exception>
    /// <exception cref="InterruptedException">A signal has come meanwhile.</exception>
    public static void RunPoststart(HooksSpec? hooks, ContainerRecord record, Interruption? interruption = null)
    {
        if (hooks?.Poststart is not { Count: > 0 } poststart)
            return;
        int pid = record.Process!.Value.ProcessId;
        try
        {
            HookRunner.Run(poststart, "poststart", OciState.ForHooks(record, ContainerStatus.Running, pid), interruption);
        }
        catch (Exception exception) when (exception is RuntimeSpecException or InterruptedException)
        {
            ContainerKill.Send(record, Signals.Kill);
            throw;
        }
    }

    private static void Await(StageReports reports, string id)
    {
        bool isReady = false;
        while (reports.Next() is { } report)
            isReady |= (ChildStep)report.Step == ChildStep.Ready;
        if (!isReady)
            throw new ContainerException($"cannot start container '{id}': its process has died");
    }
}
