using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>Ends, freezes and awaits containers.</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerStopper(ContainerStore store)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    // A supervisor writes its record within milliseconds, on a busy machine within seconds; one that was killed never does.
    // So long it is waited for where it cannot be seen any more whether it is there.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Ends a container: its stop signal, then SIGKILL for all of it.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="timeout">From the one to the other; null for the container's own. Zero kills at once.</param>
    /// <param name="cancellation">Ends the wait; it may run on then.</param>
    /// <exception cref="NsToolsException">It cannot be ended.</exception>
    public void Stop(string id, TimeSpan? timeout, CancellationToken cancellation)
    {
        ContainerDocument document = store.Read(id) ?? throw ContainerStore.NotFound(id);
        ContainerRestartPolicy.Forbid(store, document, cancellation);
        using SafeFileHandle? process = OpenProcess(id, out RuntimeStateDocument? state, out SafeFileHandle? supervisor);
        bool isPaused = state?.Status == "paused";
        using SafeFileHandle? watched = supervisor;
        if (process is null)
            return;
        TimeSpan grace = timeout ?? TimeSpan.FromSeconds(document.StopTimeout);
        if (grace > TimeSpan.Zero && store.Runtime.Kill(id, document.StopSignal, toAll: false))
        {
            // What is frozen sees no signal.
            if (isPaused)
                Resume(id);
            WaitFor(process, grace, cancellation);
        }
        if (!ProcessDescriptor.AwaitExit(process, TimeSpan.Zero, cancellation))
        {
            store.Runtime.Kill(id, Signals.Kill, toAll: true);
            if (isPaused && grace <= TimeSpan.Zero)
                Resume(id);
            WaitFor(process, Timeout.InfiniteTimeSpan, cancellation);
        }
        AwaitRecord(id, state?.Process, supervisor, cancellation);
    }

    /// <summary>Waits for a container's end.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was up.</returns>
    public bool Wait(string id, TimeSpan timeout, CancellationToken cancellation)
    {
        using SafeFileHandle? process = OpenProcess(id, out RuntimeStateDocument? state, out SafeFileHandle? supervisor);
        using SafeFileHandle? watched = supervisor;
        if (process is not null && !WaitFor(process, timeout, cancellation))
            return false;
        AwaitRecord(id, state?.Process, supervisor, cancellation);
        return true;
    }

    /// <summary>Freezes a container's processes.</summary>
    /// <param name="container">The container.</param>
    /// <exception cref="NsToolsException">It does not run (<c>ContainerNotRunning</c>).</exception>
    public void Suspend(Container container)
    {
        Require(container, ContainerState.Running);
        store.Runtime.Run("pause", container.Id);
    }

    /// <summary>Lets a container's processes go on.</summary>
    /// <param name="container">The container.</param>
    /// <exception cref="NsToolsException">It is not frozen (<c>ContainerNotPaused</c>).</exception>
    public void Resume(Container container)
    {
        Require(container, ContainerState.Paused);
        Resume(container.Id);
    }

    private static void Require(Container container, ContainerState state)
    {
        if (container.State != state)
        {
            throw new NsToolsException(
                FailureKind.InvalidState, $"ContainerNot{state}", $"The container '{container.Name}' is {container.State}, not {state}.", "Get-Container -All shows their states.");
        }
    }

    private void Resume(string id) => store.Runtime.Run("resume", id);

    private SafeFileHandle? OpenProcess(string id, out RuntimeStateDocument? state, out SafeFileHandle? supervisor)
    {
        state = store.Runtime.State(id);
        // One that has ended may still wait to be reaped.
        supervisor = state?.Process is { } process ? OciRuntime.OpenSupervisor(process) : null;
        return state is { Pid: > 0, Process: { } identity } ? ProcessDescriptor.Open(identity) : null;
    }

    private static bool WaitFor(SafeFileHandle process, TimeSpan timeout, CancellationToken cancellation) =>
        ProcessDescriptor.AwaitExit(process, timeout, cancellation);

    // The process has ended; its supervisor reaps it, and then writes down how. Or who is attached to it does all that.
    private void AwaitRecord(string id, ProcessIdentity? ended, SafeFileHandle? supervisor, CancellationToken cancellation)
    {
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        bool isThere = supervisor is not null;
        while ((isThere || Environment.TickCount64 < deadline) && store.Runtime.Knows(id) && !store.HasRecord(id))
        {
            // Started again meanwhile, by the same supervisor.
            if (store.Runtime.State(id)?.Process is { } now && now != ended)
                return;
            // It ends after it has written: looked for once more then.
            if (supervisor is null)
                Thread.Sleep(s_pause);
            else if (!isThere)
                break;
            else
                isThere = !ProcessDescriptor.AwaitExit(supervisor, s_pause, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
        using SafeFileHandle entry = store.LockContainer(id, cancellation);
        if (store.HasRecord(id) && !ContainerRestartPolicy.MayRestart(store, id))
            store.Harvest(id);
    }
}
