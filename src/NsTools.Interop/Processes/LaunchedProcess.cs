using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>A process that <see cref="RuntimeLauncher"/> started.</summary>
public sealed class LaunchedProcess : IDisposable
{
    // linux/pidfd.h, Linux 6.9: pidfd_send_signal to the process group of the process.
    private const uint SignalProcessGroup = 1 << 2;

    private readonly bool _isHolder;
    private MonitorLink? _monitor;

    /// <summary>A process that a monitor watches over, a holder until it is released.</summary>
    internal LaunchedProcess(MonitorLink monitor, bool isHolder)
    {
        _monitor = monitor;
        _isHolder = isHolder;
    }

    /// <summary>The process's ID in the caller's PID namespace.</summary>
    public required int ProcessId { get; init; }

    /// <summary>A descriptor of the process (<c>pidfd_open(2)</c>): readable once it has ended.</summary>
    public required SafeFileHandle PidFd { get; init; }

    /// <summary>Waits until the process has ended.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait (the process goes on).</param>
    /// <returns>How it ended; null when the time was up. For a holder, which is no child of the caller, both numbers are 0.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ProcessExit? Wait(TimeSpan timeout, CancellationToken cancellation)
    {
        if (_monitor is not null && !_isHolder)
            return _monitor.Wait(timeout, cancellation);
        return Poller.WaitReadable(Descriptor.Number(PidFd), timeout, cancellation) ? default(ProcessExit) : null;
    }

    /// <summary>
    /// Sends a signal to the process's whole process group; to nothing where that is already gone. SIGKILL to an
    /// attached process also ends what it has started and left behind outside its group.
    /// </summary>
    /// <param name="signal">The signal number.</param>
    /// <exception cref="SyscallException">The caller may not signal it (EPERM), or there is no such signal (EINVAL).</exception>
    public unsafe void Kill(int signal)
    {
        if (signal == Signals.Kill)
            _monitor?.KillAll();
        int descriptor = Descriptor.Number(PidFd);
        if ((int)syscall(SyscallNumber.PidFdSendSignal, descriptor, signal, null, SignalProcessGroup) >= 0 || errno == ESRCH)
            return;
        int error = errno;
        // Before Linux 6.9 there is no such flag. The descriptor then says first that the process, and with it the
        // number of its group, is still its own.
        if (error == EINVAL && (int)syscall(SyscallNumber.PidFdSendSignal, descriptor, signal, null, 0) >= 0)
            error = kill(-ProcessId, signal) < 0 ? errno : 0;
        if (error != 0 && error != ESRCH)
            throw new SyscallException("kill", error, ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Lets a holder outlive its launcher. Until then it is killed when the launcher dies or disposes this: so that there
    /// is no moment at which a crash leaves a holder that nobody has written down.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is no holder: an attached process always ends with its launcher.</exception>
    public void Release()
    {
        if (!_isHolder)
            throw new InvalidOperationException("Only a holder can outlive its launcher.");
        _monitor?.Release();
        _monitor = null;
    }

    /// <summary>Lets go of the process; one that still runs is killed, but for a holder that was released.</summary>
    public void Dispose()
    {
        _monitor?.Dispose();
        PidFd.Dispose();
    }
}
