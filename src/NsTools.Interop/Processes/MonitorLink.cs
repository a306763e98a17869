using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;

namespace NsTools.Interop.Processes;

/// <summary>
/// The launcher's side of an attached process: the socket to the <c>nsrun</c> that watches over it. Its end, by
/// <see cref="Dispose"/> or by this process's death, ends the process.
/// </summary>
internal sealed class MonitorLink(SafeFileHandle socket, int monitor, TerminalState? terminal) : IDisposable
{
    private readonly Lock _lock = new();
    private ProcessExit? _exit;
    private bool _reaped;

    /// <summary>Waits for the report of the process's end.</summary>
    /// <returns>How it ended; null when the time was up.</returns>
    public ProcessExit? Wait(TimeSpan timeout, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_exit is not null)
                return _exit;
            if (!Poller.WaitReadable(Descriptor.Number(socket), timeout, cancellation))
                return null;
            byte[] buffer = new byte[LaunchReport.MaximumLength];
            int length = UnixSocket.Receive(Descriptor.Number(socket), buffer, out _);
            // A monitor that was killed cannot report; the kernel then kills what it watched over (PR_SET_PDEATHSIG).
            _exit = LaunchReport.Decode(buffer.AsSpan(0, length)) is { Kind: LaunchReportKind.Exited } report
                ? ProcessExit.FromWaitStatus(report.Number)
                : new ProcessExit(128 + Signals.Kill, Signals.Kill);
            Reap();
            return _exit;
        }
    }

    /// <summary>Asks the monitor to kill the process and all that it has left behind.</summary>
    public void KillAll() => UnixSocket.Send(Descriptor.Number(socket), [LaunchProtocol.KillCommand]);

    /// <summary>Tells the monitor of a holder that the holder goes its own way now, and waits for the monitor's end.</summary>
    public void Release()
    {
        lock (_lock)
        {
            UnixSocket.Send(Descriptor.Number(socket), [LaunchProtocol.ReleaseCommand]);
            Reap();
            socket.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            socket.Dispose();
            Reap();
        }
    }

    private void Reap()
    {
        if (_reaped)
            return;
        _reaped = true;
        _ = ChildProcess.Wait(monitor);
        // The monitor has restored the terminal, unless it was killed.
        terminal?.Restore();
    }
}
