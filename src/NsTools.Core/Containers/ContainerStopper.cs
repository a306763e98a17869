using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>Ends, freezes and awaits containers.</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerStopper(ContainerStore store)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    // A supervisor writes its record within milliseconds; one that was killed never does.
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
        using SafeFileHandle? process = OpenProcess(id, out bool isPaused);
        if (process is null)
            return;
        TimeSpan grace = timeout ?? TimeSpan.FromSeconds(document.StopTimeout);
        if (grace > TimeSpan.Zero && TryKill([id, SignalName.Of(document.StopSignal)]))
        {
            // What is frozen sees no signal.
            if (isPaused)
                Resume(id);
            WaitFor(process, grace, cancellation);
        }
        if (!ProcessDescriptor.AwaitExit(process, TimeSpan.Zero, cancellation))
        {
            TryKill(["--all", id, "KILL"]);
            if (isPaused && grace <= TimeSpan.Zero)
                Resume(id);
            WaitFor(process, Timeout.InfiniteTimeSpan, cancellation);
        }
        AwaitRecord(id, cancellation);
    }

    /// <summary>Waits for a container's end.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was up.</returns>
    public bool Wait(string id, TimeSpan timeout, CancellationToken cancellation)
    {
        using SafeFileHandle? process = OpenProcess(id, out _);
        if (process is not null && !WaitFor(process, timeout, cancellation))
            return false;
        AwaitRecord(id, cancellation);
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

    private SafeFileHandle? OpenProcess(string id, out bool isPaused)
    {
        RuntimeStateDocument? state = store.Runtime.State(id);
        isPaused = state?.Status == "paused";
        if (state is not { Pid: > 0 } || ProcessIdentity.Of(state.Pid) is not { } identity)
            return null;
        // The number was its process's a moment ago; nsrun says whether it still is.
        SafeFileHandle? process = ProcessDescriptor.Open(identity);
        if (store.Runtime.State(id)?.Pid == state.Pid)
            return process;
        process?.Dispose();
        return null;
    }

    private static bool WaitFor(SafeFileHandle process, TimeSpan timeout, CancellationToken cancellation) =>
        ProcessDescriptor.AwaitExit(process, timeout, cancellation);

    // The process has ended; its supervisor reaps it, and then writes down how. Or who is attached to it does all that.
    private void AwaitRecord(string id, CancellationToken cancellation)
    {
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (Environment.TickCount64 < deadline && store.Runtime.Knows(id) && !store.HasRecord(id))
        {
            cancellation.ThrowIfCancellationRequested();
            Thread.Sleep(s_pause);
        }
        using SafeFileHandle entry = store.LockContainer(id, cancellation);
        if (store.HasRecord(id) && !ContainerRestartPolicy.MayRestart(store, id))
            store.Harvest(id);
    }

    // Ended meanwhile: there is nobody to signal any more.
    private bool TryKill(string[] arguments)
    {
        try
        {
            store.Runtime.Run(["kill", .. arguments]);
            return true;
        }
        catch (NsToolsException) when (store.Runtime.State(arguments[^2]) is not { Status: "running" or "paused" })
        {
            return false;
        }
    }
}
