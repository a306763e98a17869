using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>
/// <c>nsrun</c> as an engine runs an OCI runtime: by its command line, in a session of its own or on the caller's terminal,
/// with the descriptors that are named and no others.
/// </summary>
public sealed unsafe class RuntimeCommand : IDisposable
{
    // Sources of descriptors lie above every target, so that no duplication overwrites one that is still needed.
    private const int FirstSource = 74;

    private readonly int _processId;
    private ProcessExit? _exit;

    private RuntimeCommand(int processId, SafeFileHandle descriptor) => (_processId, PidFd) = (processId, descriptor);

    /// <summary>A descriptor of the process (<c>pidfd_open(2)</c>): readable once it has ended.</summary>
    public SafeFileHandle PidFd { get; }

    /// <summary>Starts it.</summary>
    /// <param name="runtimePath">Path of <c>nsrun</c>.</param>
    /// <param name="arguments">Its arguments, without its own name.</param>
    /// <param name="descriptors">Standard input, output and error, then what becomes descriptor 3, 4, …; null is <c>/dev/null</c>.</param>
    /// <exception cref="SyscallException">It cannot be started.</exception>
    public static RuntimeCommand Start(string runtimePath, IReadOnlyList<string> arguments, params ReadOnlySpan<SafeFileHandle?> descriptors) =>
        Start(runtimePath, arguments, SpawnGroup.NewSession, 0, descriptors);

    /// <summary>Starts it on the caller's terminal: its standard input and output are the caller's.</summary>
    /// <param name="runtimePath">Path of <c>nsrun</c>.</param>
    /// <param name="arguments">Its arguments, without its own name.</param>
    /// <param name="descriptors">Standard error, then what becomes descriptor 3, 4, …; null is <c>/dev/null</c>.</param>
    /// <exception cref="SyscallException">It cannot be started.</exception>
    public static RuntimeCommand StartOnTerminal(string runtimePath, IReadOnlyList<string> arguments, params ReadOnlySpan<SafeFileHandle?> descriptors) =>
        Start(runtimePath, arguments, SpawnGroup.Callers, STDERR_FILENO, descriptors);

    private static RuntimeCommand Start(string runtimePath, IReadOnlyList<string> arguments, SpawnGroup group, int first, ReadOnlySpan<SafeFileHandle?> descriptors)
    {
        RuntimeImage image = RuntimeImage.For(runtimePath);
        List<SafeFileHandle> moved = [];
        List<(int Source, int Target)> numbers = [];
        try
        {
            for (int i = first; i < Math.Max(first + descriptors.Length, STDERR_FILENO + 1); i++)
            {
                SafeFileHandle? given = i - first < descriptors.Length ? descriptors[i - first] : null;
                using SafeFileHandle? nothing = given is null ? Descriptor.Open("/dev/null", O_RDWR) : null;
                moved.Add(DescriptorTable.DuplicateAbove(Descriptor.Number(given ?? nothing!), FirstSource));
                numbers.Add((Descriptor.Number(moved[^1]), i));
            }
            // Before the descriptor is there nobody but us can reap it: the number means this process until then.
            int pid = PosixSpawn.Start(image.ExecutablePath, ["nsrun", .. arguments], image.Environment(), numbers, group, []);
            int descriptor = (int)syscall(SyscallNumber.PidFdOpen, pid, 0);
            if (descriptor >= 0)
                return new RuntimeCommand(pid, new SafeFileHandle(descriptor, ownsHandle: true));
            SyscallException failure = SyscallException.FromLastError("pidfd_open");
            _ = kill(pid, SIGKILL);
            _ = ChildProcess.Wait(pid);
            throw failure;
        }
        finally
        {
            moved.ForEach(copy => copy.Dispose());
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>How it ended; exit code 0 when somebody else has reaped it.</returns>
    public ProcessExit Wait() => _exit ??= ChildProcess.Wait(_processId) ?? default;

    /// <summary>Sends it a signal; nothing to one that has ended.</summary>
    /// <param name="signal">The signal.</param>
    /// <exception cref="SyscallException">There is no such signal.</exception>
    public void Signal(int signal)
    {
        if (_exit is null)
            ProcessDescriptor.Signal(PidFd, signal);
    }

    /// <summary>Lets go of it, and lets it go on.</summary>
    public void Release()
    {
        if (_exit is null && ChildProcess.TryReap(_processId, ChildProcess.NoHang, out int status) > 0)
            _exit = ProcessExit.FromWaitStatus(status);
        PidFd.Dispose();
    }

    /// <summary>Lets go of it; one that still runs is killed.</summary>
    public void Dispose()
    {
        if (_exit is null)
        {
            ProcessDescriptor.Signal(PidFd, Signals.Kill);
            Wait();
        }
        PidFd.Dispose();
    }
}
