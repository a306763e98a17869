using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle.Attachments;
using NsTools.Runtime.Lifecycle.State;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// <c>supervise</c>: the container's parent is a process of its own session that outlives the caller. The caller waits until
/// it says that the program runs, or what was wrong.
/// </summary>
internal static unsafe class SupervisedRun
{
    /// <summary>The descriptor on which the supervisor answers its caller.</summary>
    public const int AnswerDescriptor = 3;

    // The one on which the lock of a restart is held, until the new process is there.
    private const int LockDescriptor = 4;

    // linux/prctl.h
    private const int SetChildSubreaper = 36;
    private const int Spare = 64;
    private const byte Ready = (byte)'+';

    /// <summary>The caller's part: spawns this command again in a session of its own.</summary>
    /// <param name="arguments">All of that command's arguments.</param>
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
    /// <param name="supervision">How it is supervised.</param>
    /// <returns>The exit code.</returns>
    public static int Run(ContainerStore store, CreateRequest request, SupervisionRequest supervision)
    {
        try
        {
            Become(store, request, supervision);
        }
        catch (Exception failure) when (supervision.Restart is { Count: > 0 } && failure is ContainerException or SyscallException or RuntimeSpecException or IOException)
        {
            // Nobody listens to a supervisor that has restarted its container; its log is read.
            using var log = new ContainerLog(supervision.LogFile, supervision.LogLimit);
            log.Write(isError: true, System.Text.Encoding.UTF8.GetBytes($"nsrun: it could not be started again: {failure.Message}\n"));
        }
        return 1;
    }

    /// <summary>A restart: executes <c>nsrun supervise</c> in this process.</summary>
    /// <param name="id">The container.</param>
    /// <param name="restart">What is to be done.</param>
    /// <param name="held">The lock that it is done under.</param>
    public static void Again(string id, ContainerRestart restart, SafeFileHandle held)
    {
        using SafeFileHandle nothing = Descriptor.Open("/dev/null", O_RDWR);
        // Both may lie on one of the two numbers.
        using SafeFileHandle lockCopy = DescriptorTable.DuplicateAbove(Descriptor.Number(held), Spare);
        using SafeFileHandle answer = DescriptorTable.DuplicateAbove(Descriptor.Number(nothing), Spare);
        Take(answer, AnswerDescriptor);
        Take(lockCopy, LockDescriptor);
        SignalSet.SetMask(SignalSet.Of());
        Execute(
        [
            "nsrun", .. restart.Words,
            "--restarts", restart.Count.ToString(CultureInfo.InvariantCulture),
            "--restart-pause", restart.PauseMilliseconds.ToString(CultureInfo.InvariantCulture),
            id,
        ]);
    }

    private static void Become(ContainerStore store, CreateRequest request, SupervisionRequest supervision)
    {
        // Orphans of the container come to us, not to the host's init.
        _ = syscall(SyscallNumber.Prctl, SetChildSubreaper, 1, 0, 0, 0);
        // Told before there is a container that could not have it.
        new ContainerLog(supervision.LogFile, supervision.LogLimit).Dispose();
        (SafeFileHandle output, SafeFileHandle outputEnd) = DescriptorTable.Pipe();
        (SafeFileHandle error, SafeFileHandle errorEnd) = DescriptorTable.Pipe();
        SafeFileHandle? inputEntry = null;
        if (supervision.KeepsInput)
        {
            (SafeFileHandle inputEnd, inputEntry) = DescriptorTable.Pipe();
            Take(inputEnd, STDIN_FILENO);
            inputEnd.Dispose();
        }
        using SafeFileHandle complaints = DescriptorTable.DuplicateAbove(STDERR_FILENO, Spare);
        using ForwardedSignals signals = new(isDetached: true);
        CreatedContainer created;
        SafeFileHandle listener;
        try
        {
            Take(outputEnd, STDOUT_FILENO);
            Take(errorEnd, STDERR_FILENO);
            created = ContainerCreation.Run(store, request with { Interruption = signals.Interruption });
            listener = AttachSocket.Listen(created.Container.Directory);
            if (!request.WaitsForStart)
                ContainerStarter.RunPoststart(created.Spec.Hooks, created.Record, signals.Interruption);
            signals.EndMaking();
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
        var container = new SupervisedContainer
        {
            ProcessId = created.ProcessId,
            Output = Inherit(created.Terminal ?? output),
            Error = hasTerminal ? -1 : Inherit(error),
            Input = hasTerminal || inputEntry is null ? -1 : Inherit(inputEntry),
            HasTerminal = hasTerminal,
            Listener = Inherit(listener),
            Pipes = supervision.Pipes is { } pipes ? (Inherit(pipes.Output), Inherit(pipes.Error)) : (-1, -1),
            LogFile = supervision.LogFile,
            LogLimit = supervision.LogLimit,
            ExitFile = created.Container.PathOf(SupervisionFiles.Exit),
            NetworkRecord = supervision.NetworkRecord ?? "",
            HealthPlan = supervision.HealthPlan ?? "",
            Restart = supervision.Restart,
        };
        SignalSet.SetMask(SignalSet.Of(Supervisor.BlockedSignals));
        Execute(container.ToWords());
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

    private static int Inherit(SafeFileHandle handle) => Inherit(Descriptor.Number(handle));

    private static int Inherit(int descriptor) =>
        fcntl(descriptor, F_SETFD, 0) < 0 ? throw SyscallException.FromLastError("fcntl", "F_SETFD") : descriptor;

    /// <summary>What a framework-dependent build needs of the caller's environment, and PATH; a long-lived process keeps no secrets.</summary>
    internal static IEnumerable<string> Variables()
    {
        // A small heap that is collected early: memory of one that sleeps counts more than its time.
        yield return "DOTNET_GCHeapHardLimit=0x1000000";
        yield return "DOTNET_GCgen0size=0x10000";
        foreach (string name in (string[])["PATH", "DOTNET_ROOT", "XDG_RUNTIME_DIR", "HOME"])
        {
            if (System.Environment.GetEnvironmentVariable(name) is { } value)
                yield return $"{name}={value}";
        }
    }
}
