using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// The parent of what was launched: reports its start and its end to the launcher, passes signals on, and kills it
/// when the launcher is gone. For a holder it ends after the start.
/// </summary>
internal sealed unsafe class LaunchMonitor
{
    // linux/prctl.h
    private const int SetChildSubreaper = 36;

    private readonly int _pid;
    private readonly SafeFileHandle _process;
    private readonly SafeFileHandle _signals;
    private readonly TerminalRelay? _terminal;
    private bool _killed;

    private LaunchMonitor(int pid, SafeFileHandle process, SafeFileHandle signals, TerminalRelay? terminal)
    {
        _pid = pid;
        _process = process;
        _signals = signals;
        _terminal = terminal;
    }

    /// <summary>Starts and watches.</summary>
    /// <returns>The exit code of <c>nsrun launch</c>, which nobody looks at: the report says more.</returns>
    public static int Run(RuntimeSpec spec, LaunchMode mode)
    {
        if (mode != LaunchMode.Holder)
        {
            // Orphans come to us instead of to the host's init, so that they can be found and killed.
            _ = syscall(SyscallNumber.Prctl, SetChildSubreaper, 1, 0, 0, 0);
        }
        TerminalLink? link = mode == LaunchMode.Terminal ? new TerminalLink() : null;
        int pid;
        using (CgroupEntry cgroups = CgroupEntry.From(spec))
        {
            pid = ContainerStart.Run(new StartRequest
            {
                Spec = spec,
                Config = LaunchProtocol.ConfigDescriptor,
                Mode = mode,
                Cgroups = cgroups,
                Terminal = link?.Inner,
            });
        }
        using SafeFileHandle process = Pid.Open(pid);
        if (mode == LaunchMode.Holder)
        {
            return HandOver(pid, process);
        }
        using SafeFileHandle signals = SignalDescriptor.Open(LaunchProtocol.BlockedSignals);
        using TerminalRelay? relay = link is null ? null : new TerminalRelay(link.ReceiveMaster());
        link?.Dispose();
        if (relay is null)
            LetGoOfStreams();
        UnixSocket.Send(LaunchProtocol.ReportDescriptor, new LaunchReport(LaunchReportKind.Started, pid).Encode(), Descriptor.Number(process));
        int status = new LaunchMonitor(pid, process, signals, relay).Watch();
        relay?.Dispose();
        UnixSocket.Send(LaunchProtocol.ReportDescriptor, new LaunchReport(LaunchReportKind.Exited, status).Encode());
        return 0;
    }

    // Until the launcher has written down what it started, nobody could find the holder: it then dies with the launcher.
    private static int HandOver(int pid, SafeFileHandle process)
    {
        byte[] command = new byte[1];
        bool isReleased =
            UnixSocket.Send(LaunchProtocol.ReportDescriptor, new LaunchReport(LaunchReportKind.Started, pid).Encode(), Descriptor.Number(process))
            && UnixSocket.Receive(LaunchProtocol.ReportDescriptor, command, out _) == 1
            && command[0] == LaunchProtocol.ReleaseCommand;
        if (isReleased)
            return 0;
        _ = kill(pid, Signals.Kill);
        Descendants.ReapAll();
        return 1;
    }

    // The streams are the program's alone: whoever reads its output shall see the end when it closes them.
    private static void LetGoOfStreams()
    {
        using SafeFileHandle nothing = Descriptor.Open("/dev/null", O_RDWR);
        for (int i = 0; i <= STDERR_FILENO; i++)
            _ = dup2(Descriptor.Number(nothing), i);
    }

    private int Watch()
    {
        const int Count = 5;
        pollfd* items = stackalloc pollfd[Count];
        while (true)
        {
            items[0] = new pollfd { fd = Descriptor.Number(_signals), events = POLLIN };
            items[1] = new pollfd { fd = LaunchProtocol.ReportDescriptor, events = POLLIN };
            items[2] = default;
            items[3] = default;
            // SIGCHLD alone is not to be relied on: started by somebody who did not block it, a thread of the .NET runtime
            // that has it open may be given the signal, and drop it.
            items[4] = new pollfd { fd = Descriptor.Number(_process), events = POLLIN };
            _terminal?.Prepare(ref items[2], ref items[3]);
            if (_terminal is null)
                items[2].fd = items[3].fd = -1;
            if (poll(items, Count, -1) < 0)
            {
                if (errno == EINTR)
                    continue;
                throw SyscallException.FromLastError("poll");
            }
            _terminal?.Relay(items[2], items[3]);
            if (items[1].revents != 0)
                ReadCommand();
            if (items[0].revents != 0 && HandleSignals() is { } status)
                return status;
            if (items[4].revents != 0 && Reap() is { } ended)
                return ended;
        }
    }

    private void ReadCommand()
    {
        byte[] buffer = new byte[16];
        bool gone = UnixSocket.Receive(LaunchProtocol.ReportDescriptor, buffer, out SafeFileHandle? passed) == 0;
        passed?.Dispose();
        if (!gone && buffer[0] != LaunchProtocol.KillCommand)
            return;
        _killed = true;
        Descendants.KillAll(_pid);
        if (!gone)
            return;
        // Nobody is there to be told. Restore the terminal first: it is what the user sees.
        _terminal?.Dispose();
        Descendants.ReapAll();
        _exit(1);
    }

    private int? HandleSignals()
    {
        int? result = null;
        while (SignalDescriptor.Read(_signals) is var signal and not 0)
        {
            switch (signal)
            {
                case Signals.Child:
                    result ??= Reap();
                    break;
                case Signals.WindowChange when _terminal is not null:
                    _terminal.CopySize();
                    break;
                case Signals.TerminalStop or Signals.TerminalInput or Signals.TerminalOutput or Signals.Alarm:
                    break;
                default:
                    _ = kill(_pid, signal);
                    break;
            }
        }
        return result;
    }

    // Collects orphans, too. One SIGCHLD may stand for many (signal(7)).
    private int? Reap()
    {
        int? result = null;
        while (ChildProcess.TryReap(-1, ChildProcess.NoHang, out int status) is var pid and > 0)
        {
            if (pid == _pid)
                result = status;
        }
        if (result is not null && _killed)
            Descendants.ReapAll();
        return result;
    }
}
