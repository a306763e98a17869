using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun run</c>: create and start in one process, without the wait between them; then wait and delete.</summary>
internal static class RunCommand
{
    public static Command Command => new(
        new CommandSyntax(
            "run",
            "CONTAINER",
            "Makes a container of a bundle and executes its program. Ends with the program's exit code, 128 + the signal that killed it.",
            CreationOptions.With(
                new Option("detach", null, "do not wait for the program", 'd'),
                new Option("keep", null, "do not delete the container when the program has ended")))
        {
            Minimum = 1,
            Maximum = 1,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        bool isDetached = arguments.Has("detach");
        using ForwardedSignals signals = new(isDetached);
        CreateRequest request = CreationOptions.Read(global, arguments) with { IsDetached = isDetached, Interruption = signals.Interruption };
        CreatedContainer created = ContainerCreation.Run(global.Store, request);
        int code = 0;
        try
        {
            ContainerStarter.RunPoststart(created.Spec.Hooks, created.Record, signals.Interruption);
            signals.EndMaking();
            if (isDetached)
                return 0;
            code = ForegroundMonitor.Wait(created.ProcessId, signals, created.Terminal);
        }
        finally
        {
            if (!isDetached && !arguments.Has("keep"))
                Delete(created);
        }
        PhaseTrace.Mark("deleted");
        return code;
    }

    private static void Delete(CreatedContainer created)
    {
        PhaseTrace.Mark("ended");
        SafeFileHandle directory;
        try
        {
            directory = DirectoryLock.Acquire(created.Container.Directory, CancellationToken.None);
        }
        catch (SyscallException)
        {
            return; // Somebody has deleted it already.
        }
        using (directory)
            ContainerDeletion.Run(created.Container, isForced: true);
    }
}
