using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>
/// The holder of namespaces: as PID 1 of a PID namespace it reaps; SIGTERM ends it. It keeps nothing of the caller's.
/// </summary>
internal static unsafe class HoldLoop
{
    public static int Run(StageOptions options)
    {
        // PID 1 gets only signals that it has a handler for, or waits for (pid_namespaces(7)).
        sigset_t awaited = SignalSet.Of(LaunchProtocol.BlockedSignals);
        SignalSet.SetMask(awaited);
        StageProtocol.ReportReady();
        CloseCallers(options);
        while (true)
        {
            int signal;
            if (sigwait(&awaited, &signal) != 0)
                continue;
            if (signal == Signals.Terminate || signal == Signals.Interrupt)
                return 0;
            if (signal == Signals.Child)
            {
                while (ChildProcess.TryReap(-1, ChildProcess.NoHang, out _) > 0)
                {
                }
            }
        }
    }

    // Closing the report socket says that the holder is ready.
    private static void CloseCallers(StageOptions options)
    {
        if (!LoadedAssemblies.AreNeeded)
        {
            _ = syscall(SyscallNumber.CloseRange, STDERR_FILENO + 1, uint.MaxValue, 0);
            return;
        }
        // CoreCLR has opened descriptors of its own in the gaps between those, and spins when one that it polls is closed.
        foreach (int descriptor in StageProtocol.Descriptors(options))
            _ = close(descriptor);
    }
}
