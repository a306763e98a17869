using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>The last steps: user, working directory, signals, <c>execve(2)</c>.</summary>
internal static unsafe class ProgramExecution
{
    // linux/prctl.h
    private const int PrSetNoNewPrivileges = 38;

    // sizeof the kernel's sigset_t.
    private const int KernelSetLength = 8;
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Executes the program; returns only by an exception.</summary>
    /// <param name="process">What to execute.</param>
    /// <param name="options">What the outer stage says.</param>
    public static void Execute(ProcessSpec process, StageOptions options)
    {
        UserSwitch.Run(process.User);
        ChangeDirectory(process.Cwd);
        if (process.NoNewPrivileges && (int)syscall(SyscallNumber.Prctl, PrSetNoNewPrivileges, 1, 0, 0, 0) < 0)
            throw SyscallException.FromLastError("prctl", "PR_SET_NO_NEW_PRIVS");
        if (!options.IsDetached)
            ContainerInit.DieWithMonitor();
        using var arguments = new Utf8Vector(process.Args);
        using var environment = new Utf8Vector(InnerHooks.Environment(process, options));
        List<string> candidates = Candidates(process);
        // Found missing now, it fails "create"; the engines expect that there, not at "start".
        RequireProgram(process, candidates);
        InnerHooks.BeforeExecution(options);
        DescriptorTable.SetCloseOnExec(StageProtocol.FirstDescriptor);
        ResetSignals();
        StageProtocol.ReportReady();
        int error = ENOENT;
        foreach (string candidate in candidates)
        {
            fixed (byte* path = PathBytes.Of(candidate))
                _ = execve(path, arguments.Pointer, environment.Pointer);
            // As execvp(3): a folder without it, or with one that may not be executed, does not end the search.
            if (errno == EACCES || (errno != ENOENT && errno != ENOTDIR))
                error = errno;
            if (errno != EACCES && errno != ENOENT && errno != ENOTDIR)
                break;
        }
        throw new SyscallException("execve", error, process.Args[0], Explain(process, candidates, error));
    }

    private static void RequireProgram(ProcessSpec process, List<string> candidates)
    {
        int error = ENOENT;
        foreach (string candidate in candidates)
        {
            fixed (byte* path = PathBytes.Of(candidate))
            {
                // By the effective user: the real one is the same here.
                if (access(path, X_OK) == 0)
                    return;
            }
            if (errno == EACCES)
                error = EACCES;
        }
        throw new SyscallException("execve", error, process.Args[0], Explain(process, candidates, error));
    }

    // As the user who will work there: the directory may be one that root can enter and the user cannot.
    private static void ChangeDirectory(string directory)
    {
        fixed (byte* path = PathBytes.Of(directory))
        {
            if (chdir(path) < 0)
                throw SyscallException.FromLastError("chdir", directory, "the working directory");
        }
    }

    private static List<string> Candidates(ProcessSpec process)
    {
        string program = process.Args[0];
        if (program.Contains('/', StringComparison.Ordinal))
            return [program];
        var result = new List<string>();
        foreach (string folder in SearchPath(process).Split(':'))
            result.Add(folder.Length == 0 ? $"./{program}" : $"{folder}/{program}");
        return result;
    }

    private static string SearchPath(ProcessSpec process)
    {
        foreach (string variable in process.Env ?? [])
        {
            if (variable.StartsWith("PATH=", StringComparison.Ordinal))
                return variable["PATH=".Length..];
        }
        return DefaultPath;
    }

    private static string? Explain(ProcessSpec process, List<string> candidates, int error)
    {
        if (error == ENOEXEC)
            return "it is neither a program of this architecture nor a script that begins with #!";
        if (error != ENOENT)
            return null;
        if (candidates.Count > 1)
            return $"it is in no directory of PATH, {SearchPath(process)}";
        // execve(2): also when the file is there and its interpreter is not.
        fixed (byte* path = PathBytes.Of(candidates[0]))
            return access(path, F_OK) == 0 ? "the file is there, its interpreter or loader is not" : null;
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
