using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>Stays with a process in the foreground: passes signals on, relays its terminal, and gives its exit code.</summary>
internal static unsafe class ForegroundMonitor
{
    /// <summary>Waits for its end.</summary>
    /// <param name="pid">The process, a child.</param>
    /// <param name="signals">The signals to pass on.</param>
    /// <param name="terminal">Master of its terminal, which is then closed; null for none.</param>
    /// <returns>Its exit code, 128 + the signal when one has killed it.</returns>
    public static int Wait(int pid, ForwardedSignals signals, SafeFileHandle? terminal)
    {
        using SafeFileHandle process = Pid.Open(pid);
        using TerminalRelay? relay = terminal is null ? null : new TerminalRelay(terminal);
        const int Count = 4;
        pollfd* items = stackalloc pollfd[Count];
        while (true)
        {
            items[0] = new pollfd { fd = Descriptor.Number(process), events = POLLIN };
            items[1] = new pollfd { fd = Descriptor.Number(signals.Pending), events = POLLIN };
            items[2] = new pollfd { fd = -1 };
            items[3] = new pollfd { fd = -1 };
            relay?.Prepare(ref items[2], ref items[3]);
            if (poll(items, Count, -1) < 0)
            {
                // 0: the handler of a signal, which is why poll has ended, has run on this thread since.
                int error = errno;
                if (error == EINTR || error == 0)
                    continue;
                throw new SyscallException("poll", error);
            }
            relay?.Relay(items[2], items[3]);
            if (items[1].revents != 0)
                PassOn(signals.Next(), process, relay);
            if (items[0].revents != 0)
                return ChildProcess.Wait(pid) is { } exit ? exit.ExitCode : 0;
        }
    }

    private static void PassOn(int signal, SafeFileHandle process, TerminalRelay? relay)
    {
        // With a terminal of its own the process has its size and its job control from there.
        if (relay is not null && signal == Signals.WindowChange)
            relay.CopySize();
        else if (signal is not (0 or Signals.TerminalStop or Signals.TerminalInput or Signals.TerminalOutput) || relay is null)
            ProcessDescriptor.Signal(process, signal);
    }
}
