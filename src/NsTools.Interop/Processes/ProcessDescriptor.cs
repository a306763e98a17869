using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Ending processes that are no children of ours, by descriptor: a number could meanwhile be another's (<c>pidfd_open(2)</c>).</summary>
public static unsafe class ProcessDescriptor
{
    /// <summary>Opens this very process.</summary>
    /// <param name="identity">The process.</param>
    /// <returns>The descriptor; null when it has ended.</returns>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static SafeFileHandle? Open(ProcessIdentity identity)
    {
        int descriptor = (int)syscall(SyscallNumber.PidFdOpen, identity.ProcessId, 0);
        if (descriptor < 0)
            return errno is var number && number == ESRCH ? null : throw new SyscallException("pidfd_open", number);
        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        // Looked at after opening: the descriptor now keeps meaning whatever process this is.
        if (identity.IsAlive)
            return handle;
        handle.Dispose();
        return null;
    }

    /// <summary>Sends a signal (<c>pidfd_send_signal(2)</c>); to one that has ended, nothing.</summary>
    /// <param name="process">A descriptor of the process.</param>
    /// <param name="signal">The signal.</param>
    /// <exception cref="SyscallException">The caller may not (EPERM).</exception>
    public static void Signal(SafeFileHandle process, int signal)
    {
        if ((int)syscall(SyscallNumber.PidFdSendSignal, Descriptor.Number(process), signal, null, 0) != 0 && errno is var number && number != ESRCH)
            throw new SyscallException("pidfd_send_signal", number, SignalName.Of(signal));
        GC.KeepAlive(process);
    }

    /// <summary>Waits until the process has ended.</summary>
    /// <param name="process">A descriptor of the process.</param>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was up.</returns>
    /// <exception cref="SyscallException"><c>poll</c> failed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static bool AwaitExit(SafeFileHandle process, TimeSpan timeout, CancellationToken cancellation) =>
        Poller.WaitReadable(Descriptor.Number(process), timeout, cancellation);

    /// <summary>Waits until the process has ended.</summary>
    /// <param name="process">A descriptor of the process.</param>
    /// <param name="timeout">How long at most.</param>
    /// <returns>False when the time was up.</returns>
    /// <exception cref="SyscallException"><c>poll</c> failed.</exception>
    public static bool WaitForExit(SafeFileHandle process, TimeSpan timeout)
    {
        long deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            pollfd item = new() { fd = Descriptor.Number(process), events = POLLIN };
            int ready = poll(&item, 1u, (int)Math.Max(0, deadline - Environment.TickCount64));
            GC.KeepAlive(process);
            if (ready > 0)
                return true;
            if (ready < 0 && errno is var number && !Errno.IsInterruption(number))
                throw new SyscallException("poll", number);
            if (ready == 0)
                return false;
        }
    }
}
