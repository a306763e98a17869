using System.Runtime.CompilerServices;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>The last steps: user, working directory, privileges, signals, limits, filter, <c>execve(2)</c>.</summary>
internal static unsafe class ProgramExecution
{
    // linux/prctl.h
    private const int PrSetNoNewPrivileges = 38;

    // sizeof the kernel's sigset_t.
    private const int KernelSetLength = 8;

    /// <summary>Executes the program; returns only by an exception.</summary>
    /// <param name="spec">What to execute, and how.</param>
    /// <param name="options">What the outer stage says.</param>
    public static void Execute(RuntimeSpec spec, StageOptions options)
    {
        ProcessSpec process = spec.Process!;
        if (options.WaitsForCgroup)
            StageProtocol.CompleteCgroup();
        ProcessAttributes.Apply(spec);
        // The config's own process is not exec's (config.md, "execCPUAffinity").
        if (options.IsExec)
            CpuAffinity.Apply(process.ExecCpuAffinity?.Final, "$.process.execCPUAffinity.final");
        ProcessCapabilities? capabilities = ChangeUser(process, options);
        if (process.NoNewPrivileges && (int)syscall(SyscallNumber.Prctl, PrSetNoNewPrivileges, 1, 0, 0, 0) < 0)
            throw SyscallException.FromLastError("prctl", "PR_SET_NO_NEW_PRIVS");
        if (!options.IsDetached)
            ContainerInit.DieWithMonitor();
        using var arguments = new Utf8Vector(process.Args);
        using var environment = new Utf8Vector(InnerHooks.Environment(process, options));
        var search = new ProgramSearch(process);
        search.RequireProgram();
        SystemCallFilter? filter = SystemCallFilter.Receive(spec.Linux?.Seccomp);
        // The agent gets its descriptor from "create" (config-linux.md): that is then the last moment. Otherwise the filter comes
        // after all that nsrun itself has to do.
        bool isEarly = filter?.HasListener == true;
        using var candidates = new Utf8Vector(search.Candidates);
        RawSyscall.Bind();
        if (isEarly)
        {
            Confine(process, capabilities, filter);
            filter!.Load();
            filter = null;
        }
        InnerHooks.BeforeExecution(options);
        DescriptorTable.SetCloseOnExec(StageProtocol.FirstDescriptor);
        // As in WaitForStart; once created, it goes on whatever becomes of "start". Before SIGPIPE would kill.
        if (!StageProtocol.ReportReady() && !options.WaitsForStart)
            _exit(1);
        ResetSignals();
        if (!isEarly)
            Confine(process, capabilities, filter);
        throw search.Failure(Execute(candidates, arguments, environment, filter));
    }

    // The user's last call into the kernel as root is the change of user itself. A directory that root can enter and the user
    // cannot may still be the program's, as with runc and crun; and the other way round.
    private static ProcessCapabilities? ChangeUser(ProcessSpec process, StageOptions options)
    {
        CapabilitiesSpec? wanted = process.Capabilities ?? (options.IsDetached ? new CapabilitiesSpec() : null);
        ProcessCapabilities? capabilities = wanted is null ? null : ProcessCapabilities.Begin(wanted);
        if (capabilities is null)
            ProcessCapabilities.DropInherited();
        bool isInside = options.IsDetached && WorkingDirectory.TryEnter(process.Cwd);
        UserSwitch.Run(process.User);
        if (!isInside)
            WorkingDirectory.Enter(process.Cwd);
        WorkingDirectory.RequireInsideRoot(process.Cwd);
        return capabilities;
    }

    private static void Confine(ProcessSpec process, ProcessCapabilities? capabilities, SystemCallFilter? filter)
    {
        ProcessAttributes.ApplyLimits(process.Rlimits ?? []);
        // seccomp(2): without no_new_privs it takes CAP_SYS_ADMIN. execve(2) takes that away if the sets do not grant it.
        bool needsAdmin = filter is not null && !process.NoNewPrivileges;
        capabilities?.Complete(kept: needsAdmin ? 1ul << CapabilityState.SysAdmin : 0);
    }

    // Nothing is allocated, looked up or compiled between the two calls: the filter may forbid what that takes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Execute(Utf8Vector candidates, Utf8Vector arguments, Utf8Vector environment, SystemCallFilter? filter)
    {
        nint execve = SyscallNumber.Execve;
        int denied = EACCES, missing = ENOENT, noDirectory = ENOTDIR;
        filter?.Load();
        int result = missing;
        for (byte** candidate = candidates.Pointer; *candidate is not null; candidate++)
        {
            _ = RawSyscall.Invoke(execve, (nint)(*candidate), (nint)arguments.Pointer, (nint)environment.Pointer, 0, 0);
            int error = *RawSyscall.ErrnoLocation();
            // As execvp(3): a folder without it, or with one that may not be executed, does not end the search.
            if (error != missing && error != noDirectory)
                result = error;
            if (error != denied && error != missing && error != noDirectory)
                break;
        }
        return result;
    }

    // .NET ignores SIGPIPE, and glibc's posix_spawn its own signal 32, which its sigaction(3) would not let go of:
    // handlers are reset by execve(2) itself, what is ignored stays so.
    private static void ResetSignals()
    {
        // The kernel's struct sigaction, all zero: SIG_DFL. It is 32 bytes on x86-64, less elsewhere.
        byte* action = stackalloc byte[32];
        new Span<byte>(action, 32).Clear();
        for (int signal = 1; signal <= Signals.Last; signal++)
        {
            // SIGKILL and SIGSTOP are refused.
            _ = syscall(SyscallNumber.RtSigAction, signal, action, null, KernelSetLength);
        }
        SignalSet.SetMask(SignalSet.Of());
    }
}
