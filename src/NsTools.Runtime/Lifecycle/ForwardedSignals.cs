using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Signals to <c>create</c>, <c>run</c> and <c>exec</c>. Until the program runs, those that would end nsrun interrupt what it does;
/// from then on a foreground <c>run</c> or <c>exec</c> gets them all as bytes of a pipe, to pass them on. The .NET runtime's other threads exist before
/// any code of ours could block a signal for them, so neither a mask nor signalfd(2) would do: the runtime's own
/// handlers are used.
/// </summary>
internal sealed unsafe class ForwardedSignals : IDisposable
{
    // What can be caught and has no meaning for nsrun itself. SIGCHLD is its own, SIGCONT has done its work.
    private static readonly int[] s_signals =
    [
        Signals.Hangup, Signals.Interrupt, Signals.Quit, Signals.User1, Signals.User2, Signals.Alarm, Signals.Terminate,
        Signals.TerminalStop, Signals.TerminalInput, Signals.TerminalOutput, Signals.WindowChange,
    ];

    private static readonly int[] s_ending = [Signals.Hangup, Signals.Interrupt, Signals.Quit, Signals.Terminate];

    // To the process's end: with its registration a signal would kill again, in the moment between what has been done and
    // the exit code that says so.
    private static readonly List<PosixSignalRegistration> s_registrations = [];

    private readonly Lock _lock = new();
    private readonly SafeFileHandle _write;
    private bool _isMaking = true;
    private bool _isOver;

    /// <summary>Catches them from now on.</summary>
    /// <param name="isDetached">True when nobody stays to pass signals on.</param>
    public ForwardedSignals(bool isDetached)
    {
        (Pending, _write) = DescriptorTable.Pipe();
        foreach (int signal in isDetached ? s_ending : s_signals)
            s_registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, Caught));
    }

    /// <summary>What a signal interrupts until <see cref="EndMaking"/>.</summary>
    public Interruption Interruption { get; } = new();

    /// <summary>Readable when there is a signal: a byte each, its number.</summary>
    public SafeFileHandle Pending { get; }

    /// <summary>The next signal; call it when <see cref="Pending"/> is readable.</summary>
    public int Next()
    {
        byte signal;
        return read(Descriptor.Number(Pending), &signal, 1) == 1 ? signal : 0;
    }

    /// <summary>The program runs: signals are for it, the one too that came too late to interrupt anything.</summary>
    public void EndMaking()
    {
        lock (_lock)
        {
            _isMaking = false;
            if (Interruption.Take() is var signal and not 0)
                Forward(signal);
        }
    }

    /// <summary>Ends it; nsrun ends next, and what comes until then has nothing left to act on.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            Interruption.Dispose();
            Pending.Dispose();
            _write.Dispose();
        }
    }

    private void Caught(PosixSignalContext context)
    {
        context.Cancel = true;
        // The known ones come with the negative numbers of the enumeration.
        byte signal = (byte)(context.Signal switch
        {
            PosixSignal.SIGHUP => Signals.Hangup,
            PosixSignal.SIGINT => Signals.Interrupt,
            PosixSignal.SIGQUIT => Signals.Quit,
            PosixSignal.SIGTERM => Signals.Terminate,
            PosixSignal.SIGTSTP => Signals.TerminalStop,
            PosixSignal.SIGTTIN => Signals.TerminalInput,
            PosixSignal.SIGTTOU => Signals.TerminalOutput,
            PosixSignal.SIGWINCH => Signals.WindowChange,
            _ => (int)context.Signal,
        });
        lock (_lock)
        {
            if (_isOver)
                return;
            if (_isMaking && s_ending.Contains(signal))
                Interruption.Set(signal);
            else
                Forward(signal);
        }
    }

    private void Forward(byte signal) => _ = write(Descriptor.Number(_write), &signal, 1);
}
