using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Containers;

/// <summary>
/// A container that was started attached. Its supervisor (<c>nsrun supervise</c>) is this process's child: it writes what the
/// program writes to the session's pipes, too, and outlives the session. What ends the session ends the container; a pwsh that
/// is killed ends nothing.
/// </summary>
internal sealed class AttachedContainerProcess : CommandProcess
{
    // What the supervisor says when the program runs.
    private const byte Ready = (byte)'+';

    private readonly ContainerStore _store;
    private readonly ContainerDocument _document;
    private readonly RuntimeCommand _supervisor;
    private ProcessExit? _exit;

    private AttachedContainerProcess(ContainerStore store, ContainerDocument document, RuntimeCommand supervisor) =>
        (_store, _document, _supervisor) = (store, document, supervisor);

    /// <inheritdoc/>
    public override SafeFileHandle PidFd => _supervisor.PidFd;

    /// <summary>Starts it, and returns when its program runs.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="document">What it is.</param>
    /// <param name="arguments">The command line of <c>nsrun</c>.</param>
    /// <param name="input">The program's standard input; null for none.</param>
    /// <param name="pipes">The session's.</param>
    /// <param name="cancellation">Ends it, and leaves nothing running.</param>
    /// <exception cref="NsToolsException">It could not be started.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AttachedContainerProcess Start(
        ContainerStore store, ContainerDocument document, List<string> arguments, SafeFileHandle? input, ProcessPipes pipes, CancellationToken cancellation)
    {
        (SafeFileHandle answer, SafeFileHandle answerEnd) = DescriptorTable.Pipe();
        (SafeFileHandle messages, SafeFileHandle messagesEnd) = DescriptorTable.Pipe();
        using (answer)
        using (messages)
        {
            RuntimeCommand supervisor;
            using (answerEnd)
            using (messagesEnd)
                supervisor = ContainerStarter.RuntimeFor(store, document).Start(["supervise", "--supervisor", "--pipes", .. arguments.Skip(1)], input, null, messagesEnd, answerEnd, pipes.ChildOutput, pipes.ChildError);
            try
            {
                Poller.WaitReadable(Descriptor.Number(answer), Timeout.InfiniteTimeSpan, cancellation);
                using var answers = new FileStream(answer, FileAccess.Read, bufferSize: 0);
                if (answers.ReadByte() == Ready)
                    return new AttachedContainerProcess(store, document, supervisor);
                ProcessExit exit = supervisor.Wait();
                throw ContainerStarter.NotStarted(document, OciRuntime.Failed("supervise", ContainerAttacher.ReadAll(messages), exit).Message);
            }
            catch
            {
                // While it makes the container it undoes that; afterwards the signal ends it, and the container by itself.
                supervisor.Signal(Signals.Terminate);
                supervisor.Wait();
                supervisor.Dispose();
                if (store.Runtime.Knows(document.Id))
                    store.Runtime.Delete(document.Id);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public override void Kill(int signal) => _store.Runtime.Kill(_document.Id, signal, toAll: signal == Signals.Kill);

    /// <inheritdoc/>
    /// <exception cref="NsToolsException">Its supervisor was killed (<c>ContainerSupervisorLost</c>).</exception>
    public override ProcessExit? Wait(TimeSpan timeout)
    {
        if (_exit is { } known)
            return known;
        if (timeout != Timeout.InfiniteTimeSpan && !ProcessDescriptor.WaitForExit(_supervisor.PidFd, timeout))
            return null;
        _supervisor.Wait();
        if (_store.Unharvested(_document.Id) is { } exit)
        {
            _exit = new ProcessExit(exit.ExitCode, exit.Signal);
            Harvest();
            return _exit;
        }
        if (!_store.HasDirectory(_document.Id))
            return _exit = new ProcessExit(128 + Signals.Kill, Signals.Kill); // removed by force
        throw new NsToolsException(
            FailureKind.InvalidState,
            "SupervisorLost",
            $"The supervisor of the container '{_document.Name}' was killed: nobody can tell how the container goes on.",
            $"Get-Container {_document.Name} shows whether it runs, Stop-Container ends it.");
    }

    /// <summary>Ends the container when it still runs: the pipeline was stopped before its end.</summary>
    public override void Dispose()
    {
        if (_exit is null && !ProcessDescriptor.WaitForExit(_supervisor.PidFd, TimeSpan.Zero))
        {
            Kill(Signals.Kill);
            _supervisor.Wait();
            Harvest();
        }
        _supervisor.Dispose();
    }

    private void Harvest()
    {
        try
        {
            using SafeFileHandle entry = _store.LockContainer(_document.Id, CancellationToken.None);
            if (_store.HasRecord(_document.Id))
                _store.Harvest(_document.Id);
        }
        catch (NsToolsException failure) when (failure.ErrorId == "ContainerNotFound")
        {
            // Removed meanwhile.
        }
    }
}
