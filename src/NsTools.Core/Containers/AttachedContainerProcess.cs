using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>A container that was started attached (<c>nsrun run</c>): what ends the session ends the container.</summary>
/// <param name="store">Where it is.</param>
/// <param name="document">What it is.</param>
/// <param name="run">That command; owned.</param>
internal sealed class AttachedContainerProcess(ContainerStore store, ContainerDocument document, RuntimeCommand run) : CommandProcess
{
    private ProcessExit? _exit;
    private bool _isEnded;

    /// <inheritdoc/>
    public override SafeFileHandle PidFd => run.PidFd;

    /// <inheritdoc/>
    public override void Kill(int signal)
    {
        _isEnded = true;
        try
        {
            store.Runtime.Run(signal == Signals.Kill ? ["kill", "--all", document.Id, "KILL"] : ["kill", document.Id, SignalName.Of(signal)]);
        }
        catch (NsToolsException)
        {
            // It is not there yet, or has ended: in both cases it is the command that is to go.
            run.Signal(signal);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="NsToolsException">It could not be started at all.</exception>
    public override ProcessExit? Wait(TimeSpan timeout)
    {
        if (timeout != Timeout.InfiniteTimeSpan && !ProcessDescriptor.WaitForExit(run.PidFd, timeout))
            return null;
        if (_exit is { } known)
            return known;
        ProcessExit exit = run.Wait();
        _exit = exit;
        // One that was ended while it was being started has its reason: it is not the program's fault.
        if (!_isEnded && RuntimeMessages.LastError(store.PathOf(document.Id)) is { } problem && !store.Runtime.Knows(document.Id))
        {
            File.Delete(Path.Join(store.PathOf(document.Id), ContainerRunDocument.FileName));
            throw ContainerStarter.NotStarted(document, problem);
        }
        store.Harvest(document.Id, exit);
        return exit;
    }

    /// <summary>Ends the container when it still runs: the pipeline was stopped before its end.</summary>
    public override void Dispose()
    {
        if (_exit is null && !ProcessDescriptor.WaitForExit(run.PidFd, TimeSpan.Zero))
        {
            Kill(Signals.Kill);
            _exit = run.Wait();
            store.Harvest(document.Id, _exit);
        }
        run.Dispose();
    }
}
