using System.Runtime.CompilerServices;
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
    public static int Run()
    {
        // PID 1 gets only signals that it has a handler for, or waits for (pid_namespaces(7)).
        sigset_t awaited = SignalSet.Of(LaunchProtocol.BlockedSignals);
        SignalSet.SetMask(awaited);
        StageProtocol.ReportReady();
        // Closing the report pipe says that the holder is ready. CoreCLR polls descriptors of its own, and would spin on
        // a closed one: a framework-dependent build closes only what the outer stage left to it.
        uint last = RuntimeFeature.IsDynamicCodeSupported ? (uint)StageProtocol.LastDescriptor : uint.MaxValue;
        _ = syscall(SyscallNumber.CloseRange, STDERR_FILENO + 1, last, 0);
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
}
