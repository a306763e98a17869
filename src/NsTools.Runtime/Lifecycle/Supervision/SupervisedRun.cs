using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle.State;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// <c>run --supervise</c>: the container's parent is a process of its own session that outlives the caller. The caller
/// waits until it says that the program runs, or what was wrong.
/// </summary>
internal static unsafe class SupervisedRun
{
    // linux/prctl.h
    private const int SetChildSubreaper = 36;

    // The descriptor on which the supervisor answers its caller.
    private const int AnswerDescriptor = 3;
    private const int Spare = 64;
    private const byte Ready = (byte)'+';

    /// <summary>The caller's part: spawns this command again in a session of its own.</summary>
    /// <param name="arguments">All of this command's arguments.</param>
    /// <returns>The exit code; errors were told.</returns>
    public static int Detach(IReadOnlyList<string> arguments)
    {
        (SafeFileHandle read, SafeFileHandle write) = DescriptorTable.Pipe();
        using (read)
        {
            using (write)
            using (SafeFileHandle answer = DescriptorTable.DuplicateAbove(Descriptor.Number(write), Spare))
            using (SafeFileHandle nothing = Descriptor.Open("/dev/null", O_RDWR))
            using (SafeFileHandle input = DescriptorTable.DuplicateAbove(Descriptor.Number(nothing), Spare))
            {
                PosixSpawn.Start(
                    "/proc/self/exe",
                    ["nsrun", .. arguments],
                    [.. Variables()],
                    [(Descriptor.Number(input), STDIN_FILENO), (Descriptor.Number(answer), AnswerDescriptor)],
                    SpawnGroup.NewSession,
                    []);
            }
            byte ready;
            return Tmds.Linux.LibC.read(Descriptor.Number(read), &ready, 1) == 1 && ready == Ready ? 0 : 1;
        }
    }

    /// <summary>The supervisor's part; returns only when the container could not be started.</summary>
    /// <param name="store">Where the container is to be.</param>
    /// <param name="request">The container.</param>
    /// <param name="logFile">The log.</param>
    /// <returns>The exit code.</returns>
    public static int Run(ContainerStore store, CreateRequest request, string logFile)
    {
        // Orphans of the container come to us, not to the host's init.
        _ = syscall(SyscallNumber.Prctl, SetChildSubreaper, 1, 0, 0, 0);
        using var log = new ContainerLog(logFile);
        (SafeFileHandle output, SafeFileHandle outputEnd) = DescriptorTable.Pipe();
        (SafeFileHandle error, SafeFileHandle errorEnd) = DescriptorTable.Pipe();
        using SafeFileHandle complaints = DescriptorTable.DuplicateAbove(STDERR_FILENO, Spare);
        CreatedContainer created;
        try
        {
            Take(outputEnd, STDOUT_FILENO);
            Take(errorEnd, STDERR_FILENO);
            created = ContainerCreation.Run(store, request);
            ContainerStarter.RunPoststart(created.Spec.Hooks, created.Record);
        }
        finally
        {
            // Whatever is told goes to the caller again, and the log ends when the container's own ends are closed.
            Take(complaints, STDERR_FILENO);
            Take(complaints, STDOUT_FILENO);
            outputEnd.Dispose();
            errorEnd.Dispose();
        }
        byte ready = Ready;
        _ = write(AnswerDescriptor, &ready, 1);
        using (SafeFileHandle nothing = Descriptor.Open("/dev/null", O_RDWR))
        {
            for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
                Take(nothing, i);
        }
        bool hasTerminal = created.Terminal is not null;
        Execute(Supervisor.CommandLine(
            created.ProcessId,
            Inherit(log.Number),
            Inherit(Descriptor.Number(created.Terminal ?? output)),
            hasTerminal ? -1 : Inherit(Descriptor.Number(error)),
            created.Container.PathOf(SupervisionFiles.Exit)));
        return 1;
    }

    private static void Execute(List<string> arguments)
    {
        using var words = new Utf8Vector(arguments);
        using var environment = new Utf8Vector([.. Variables()]);
        fixed (byte* root = "/\0"u8, path = "/proc/self/exe\0"u8)
        {
            _ = chdir(root);
            _ = execve(path, words.Pointer, environment.Pointer);
        }
        throw SyscallException.FromLastError("execve", "nsrun", "becoming the supervisor");
    }

    private static void Take(SafeFileHandle source, int number)
    {
        if (dup2(Descriptor.Number(source), number) < 0)
            throw SyscallException.FromLastError("dup2");
    }

    private static int Inherit(int descriptor) =>
        fcntl(descriptor, F_SETFD, 0) < 0 ? throw SyscallException.FromLastError("fcntl", "F_SETFD") : descriptor;

    // What a framework-dependent build needs of the caller's environment, and PATH; a long-lived process keeps no secrets.
    private static IEnumerable<string> Variables()
    {
        yield return "DOTNET_GCHeapHardLimit=0x1000000";
        foreach (string name in (string[])["PATH", "DOTNET_ROOT", "XDG_RUNTIME_DIR", "HOME"])
        {
            if (System.Environment.GetEnvironmentVariable(name) is { } value)
                yield return $"{name}={value}";
        }
    }
}
