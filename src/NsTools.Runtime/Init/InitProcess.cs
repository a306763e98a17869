using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>
/// <c>nsrun reap PROGRAM [ARGUMENT...]</c>: an init inside a container, bound in as <c>/dev/init</c>. It starts the program,
/// passes signals on to it, reaps what is left to PID 1 (<c>pid_namespaces(7)</c>), and ends as the program does.
/// </summary>
internal static unsafe class InitProcess
{
    // What a POSIX shell has for a program that it cannot find, or cannot execute.
    private const int NotFoundCode = 127;
    private const int NotExecutableCode = 126;

    // Set in what executes itself with all signals blocked: the runtime's other threads exist before any code of ours, and
    // would take signals whose default is to end the process; PID 1 would just lose them.
    private const string BlockedMark = "NSRUN_INIT";

    /// <summary>Does it all.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] command)
    {
        if (System.Environment.GetEnvironmentVariable(BlockedMark) is null)
            return ExecuteBlocked(command);
        System.Environment.SetEnvironmentVariable(BlockedMark, null);
        int child;
        try
        {
            child = Start(command);
        }
        catch (SyscallException failure)
        {
            _ = RuntimeLog.Error(failure.Message);
            return failure.Number == ENOENT ? NotFoundCode : NotExecutableCode;
        }
        if (isatty(STDIN_FILENO) == 1)
            _ = tcsetpgrp(STDIN_FILENO, child); // Its own SIGTTOU is blocked.
        sigset_t awaited = SignalSet.All;
        while (true)
        {
            int signal;
            if (sigwait(&awaited, &signal) != 0)
                continue;
            if (signal != Signals.Child)
                _ = kill(child, signal);
            else if (Reap(child) is { } exit)
                return exit.ExitCode;
        }
    }

    private static int ExecuteBlocked(string[] command)
    {
        SignalSet.SetMask(SignalSet.All);
        using var words = new Utf8Vector(["nsrun", "reap", .. command]);
        using var environment = new Utf8Vector([.. Variables(), $"{BlockedMark}=1", "DOTNET_GCHeapHardLimit=0x1000000", "DOTNET_GCgen0size=0x10000"]);
        fixed (byte* path = "/proc/self/exe\0"u8)
            _ = execve(path, words.Pointer, environment.Pointer);
        return RuntimeLog.Error(SyscallException.FromLastError("execve", "/proc/self/exe").Message);
    }

    // As its own foreground group: the terminal's keys are for it alone.
    private static int Start(string[] command)
    {
        string[] own = ["DOTNET_GCHeapHardLimit=0x1000000", "DOTNET_GCgen0size=0x10000"];
        return PosixSpawn.Start(Find(command[0]), command, [.. Variables().Except(own)], [], SpawnGroup.NewGroup, []);
    }

    private static string Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return program;
        foreach (string directory in (System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':'))
        {
            string path = Path.Join(directory.Length == 0 ? "." : directory, program);
            if (File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0)
                return path;
        }
        throw new SyscallException("execve", ENOENT, program);
    }

    private static ProcessExit? Reap(int program)
    {
        ProcessExit? exit = null;
        while (ChildProcess.TryReap(-1, ChildProcess.NoHang, out int status) is var child and > 0)
        {
            if (child == program)
                exit = ProcessExit.FromWaitStatus(status);
        }
        return exit;
    }

    private static IEnumerable<string> Variables()
    {
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            yield return $"{variable.Key}={variable.Value}";
    }
}
