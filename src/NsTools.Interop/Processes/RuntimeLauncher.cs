using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>
/// Spawns <c>nsrun</c> (<c>posix_spawn(3)</c>, vfork semantics: the caller's memory is not copied) and learns over a
/// close-on-exec socket that the process runs, or which step failed.
/// </summary>
public sealed class RuntimeLauncher
{
    // Sources of descriptors lie above every target, so that no duplication overwrites one that is still needed.
    private const int SpareDescriptors = 64;

    private readonly string _runtimePath;

    /// <summary>Makes a launcher that uses this <c>nsrun</c>.</summary>
    /// <param name="runtimePath">Path of the executable.</param>
    public RuntimeLauncher(string runtimePath) => _runtimePath = runtimePath;

    /// <summary>Starts the process and returns when it has been executed (or, a holder, is ready).</summary>
    /// <param name="request">What to start.</param>
    /// <exception cref="SyscallException">
    /// A step failed: the system call, its error and its path; <see cref="SyscallException.Detail"/> names the step
    /// where the call alone does not. Nothing is left running or mounted.
    /// </exception>
    /// <exception cref="RuntimeSpecException">The config asks for what cannot be; the message has the JSON path.</exception>
    public LaunchedProcess Start(LaunchRequest request)
    {
        RuntimeSpecValidator.Validate(request.Spec, needsProcess: request.Mode != LaunchMode.Holder);
        RuntimeImage image = RuntimeImage.For(_runtimePath);
        TerminalState? terminal = request.Mode == LaunchMode.Terminal ? TerminalState.Save(STDIN_FILENO) : null;
        (SafeFileHandle ours, SafeFileHandle theirs) = UnixSocket.Pair(SOCK_SEQPACKET);
        try
        {
            int monitor;
            using (theirs)
            {
                monitor = Spawn(image, request, theirs);
            }
            return Await(request, ours, monitor, terminal);
        }
        catch
        {
            ours.Dispose();
            throw;
        }
    }

    private static int Spawn(RuntimeImage image, LaunchRequest request, SafeFileHandle report)
    {
        var moved = new List<SafeFileHandle>();
        var descriptors = new List<(int Source, int Target)>();
        try
        {
            using SafeFileHandle config = MemoryFile.Create("config.json", RuntimeSpecJson.Serialize(request.Spec));
            SafeFileHandle? nothing = null;
            int first = LaunchRequest.FirstDescriptor + request.Descriptors.Count + SpareDescriptors;
            void Pass(SafeFileHandle source, int target)
            {
                SafeFileHandle copy = DescriptorTable.DuplicateAbove(Descriptor.Number(source), first);
                moved.Add(copy);
                descriptors.Add((Descriptor.Number(copy), target));
            }
            if (request.Mode != LaunchMode.Terminal)
            {
                // A holder keeps nothing of its maker's.
                SafeFileHandle?[] streams = request.Mode == LaunchMode.Holder
                    ? [null, null, null]
                    : [request.StandardInput, request.StandardOutput, request.StandardError];
                for (int i = 0; i < streams.Length; i++)
                    Pass(streams[i] ?? (nothing ??= Descriptor.Open("/dev/null", O_RDWR)), i);
            }
            Pass(config, LaunchProtocol.ConfigDescriptor);
            Pass(report, LaunchProtocol.ReportDescriptor);
            for (int i = 0; i < request.Descriptors.Count; i++)
                Pass(request.Descriptors[i], LaunchRequest.FirstDescriptor + i);
            nothing?.Dispose();
            return PosixSpawn.Start(
                image.ExecutablePath,
                ["nsrun", "launch", LaunchModes.Word(request.Mode)],
                image.Environment(),
                descriptors,
                request.Mode switch
                {
                    LaunchMode.Terminal => SpawnGroup.Callers,
                    LaunchMode.Holder => SpawnGroup.NewSession,
                    _ => SpawnGroup.NewGroup,
                },
                LaunchProtocol.BlockedSignals);
        }
        finally
        {
            moved.ForEach(copy => copy.Dispose());
        }
    }

    private static LaunchedProcess Await(LaunchRequest request, SafeFileHandle socket, int monitor, TerminalState? terminal)
    {
        byte[] buffer = new byte[LaunchReport.MaximumLength];
        int length = UnixSocket.Receive(Descriptor.Number(socket), buffer, out SafeFileHandle? pidFd);
        LaunchReport? report = LaunchReport.Decode(buffer.AsSpan(0, length));
        if (report is { Kind: LaunchReportKind.Started } && pidFd is not null)
        {
            return new LaunchedProcess(new MonitorLink(socket, monitor, terminal), request.Mode == LaunchMode.Holder)
            {
                ProcessId = report.Number,
                PidFd = pidFd,
            };
        }
        pidFd?.Dispose();
        ProcessExit? exit = ChildProcess.Wait(monitor);
        terminal?.Restore();
        throw report?.ToException() ?? new SyscallException(
            "nsrun",
            EIO,
            request.Spec.Process?.Args[0],
            exit is { Signal: not 0 } ? $"it was killed by signal {exit.Value.Signal} before it could report" : "it ended without a report");
    }
}
