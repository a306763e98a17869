using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Oci;
using NsTools.Interop.Oci.State;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using StateDirectory = NsTools.Interop.Oci.State.Container;

namespace NsTools.Containers;

/// <summary>
/// <c>nsrun</c> with our containers' state. What starts a process in a container is its command line, as an engine does it
/// with any OCI runtime; its state is read, its processes are signalled and what has ended is deleted right here, with
/// <c>nsrun</c>'s own code (<see cref="NsTools.Interop.Oci.State"/>): a process each would cost more than the work.
/// </summary>
/// <param name="root">Its <c>--root</c>.</param>
/// <param name="makesCgroups">False leaves what it starts in the caller's cgroups.</param>
internal sealed class OciRuntime(string root, bool makesCgroups = true)
{
    private IEnumerable<string> Options => ["--root", root, .. makesCgroups ? (string[])[] : ["--cgroup-manager", "disabled"]];

    /// <summary>The same for what has no cgroups of its own.</summary>
    public OciRuntime WithoutCgroups => new(root, makesCgroups: false);


    /// <summary>Where it keeps the state.</summary>
    public string Root => root;

    /// <summary>True when it knows the container, in whatever state.</summary>
    public bool Knows(string id) => Directory.Exists(Path.Join(root, id));

    /// <summary>The states of all containers, by ID.</summary>
    public IReadOnlyDictionary<string, RuntimeStateDocument> States() => Directory.Exists(root)
        ? Directory.EnumerateDirectories(root).Select(directory => State(Path.GetFileName(directory)!)).OfType<RuntimeStateDocument>().ToDictionary(state => state.Id)
        : [];

    /// <summary>The state of one container; null when it is not known, or not completely made.</summary>
    /// <param name="id">Its ID.</param>
    public RuntimeStateDocument? State(string id)
    {
        StateDirectory container = Of(id);
        if (container.TryRead(out _) is not { } record)
            return null;
        ContainerStatus status = container.Status(record);
        return new RuntimeStateDocument
        {
            Id = id,
            Pid = status == ContainerStatus.Stopped ? 0 : record.Process?.ProcessId ?? 0,
            Status = ContainerStatusName.Of(status),
            Created = record.Created,
            Process = record.Process,
        };
    }

    /// <summary>Opens the supervisor of a container: the parent of its first process, which that has until it is reaped.</summary>
    /// <param name="process">The first process.</param>
    /// <returns>Its descriptor; null when it was killed, or the process is gone.</returns>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static SafeFileHandle? OpenSupervisor(ProcessIdentity process)
    {
        if (ProcessIdentity.ParentOf(process) is not { } parent)
            return null;
        try
        {
            return File.ReadAllText($"/proc/{parent.ProcessId}/cmdline").StartsWith("nsrun\0", StringComparison.Ordinal) ? ProcessDescriptor.Open(parent) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="id">The container.</param>
    /// <param name="signal">The signal's number.</param>
    /// <param name="toAll">True for all its processes, false for its first.</param>
    /// <returns>False when it has ended: there is nobody to signal any more.</returns>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public bool Kill(string id, int signal, bool toAll)
    {
        if (Of(id).TryRead(out _) is not { } record)
            return false;
        if (!toAll)
            return ContainerKill.Send(record, signal);
        try
        {
            ContainerKill.SendAll(record, signal);
            return true;
        }
        catch (SyscallException) when (record.Process is not { IsAlive: true })
        {
            // Its cgroup goes while we look.
            return false;
        }
    }

    /// <summary>Removes what is kept of a container, and its cgroup; what still runs is killed, and what is not there any more is no failure.</summary>
    /// <param name="id">Its ID.</param>
    /// <exception cref="NsToolsException">It cannot be killed (<c>ContainerRuntimeFailed</c>).</exception>
    /// <exception cref="SyscallException">The kernel refused a step.</exception>
    public void Delete(string id)
    {
        StateDirectory container = Of(id);
        try
        {
            using SafeFileHandle held = DirectoryLock.Acquire(container.Directory, CancellationToken.None);
            // Made half, asked of systemd, or with hooks: nsrun itself has the means for that.
            if (container.TryRead(out _) is { Cgroup: null or { Unit: null } } record && !HasHooks(container))
            {
                ContainerEnd.Require(container, record, isForced: true);
                if (record.Cgroup is { } cgroup)
                    CgroupRemoval.Remove(cgroup);
                container.RemoveFiles();
                return;
            }
        }
        catch (SyscallException gone) when (gone.Name == "ENOENT" && !Knows(id))
        {
            return;
        }
        catch (ContainerException failure)
        {
            throw new NsToolsException(FailureKind.InvalidState, "ContainerRuntimeFailed", failure.Message);
        }
        Run("delete", "--force", id);
    }

    /// <summary>Runs a command that is over at once.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <returns>What it wrote.</returns>
    /// <exception cref="NsToolsException">It failed (<c>ContainerRuntimeFailed</c>).</exception>
    public string Run(params IReadOnlyList<string> arguments)
    {
        (ProcessExit exit, string output, string error) = Execute(arguments);
        return exit.ExitCode == 0 ? output : throw Failed(arguments[0], error, exit);
    }

    /// <summary>Starts a command with streams of its own.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="streams">Standard input, output and error; null is <c>/dev/null</c>.</param>
    public RuntimeCommand Start(IReadOnlyList<string> arguments, params ReadOnlySpan<SafeFileHandle?> streams) =>
        RuntimeCommand.Start(RuntimeExecutable.Path, [.. Options, .. arguments], streams);

    /// <summary>Starts a command on the caller's terminal.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="streams">Standard error, and what becomes descriptor 3; null is <c>/dev/null</c>.</param>
    public RuntimeCommand StartOnTerminal(IReadOnlyList<string> arguments, params ReadOnlySpan<SafeFileHandle?> streams) =>
        RuntimeCommand.StartOnTerminal(RuntimeExecutable.Path, [.. Options, .. arguments], streams);

    /// <summary>The failure that a command told of on its standard error.</summary>
    /// <param name="command">The command.</param>
    /// <param name="error">What it wrote there.</param>
    /// <param name="exit">How it ended.</param>
    public static NsToolsException Failed(string command, string error, ProcessExit exit)
    {
        string message = error.Trim();
        if (message.StartsWith("nsrun: ", StringComparison.Ordinal))
            message = message["nsrun: ".Length..];
        if (message.Length == 0)
            message = exit.Signal == 0 ? $"'nsrun {command}' ended with exit code {exit.ExitCode}." : $"'nsrun {command}' was killed by SIG{SignalName.Of(exit.Signal)}.";
        return new NsToolsException(FailureKind.InvalidState, "ContainerRuntimeFailed", message);
    }

    /// <summary>Runs a command of <c>nsrun</c> until it ends.</summary>
    /// <param name="arguments">All of its arguments.</param>
    /// <param name="cancellation">Ends it: its session is killed.</param>
    /// <returns>How it ended, and what it wrote.</returns>
    public static (ProcessExit Exit, string Output, string Error) Execute(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        using ProcessPipes pipes = new(withInput: false);
        using RuntimeCommand command = RuntimeCommand.Start(RuntimeExecutable.Path, arguments, null, pipes.ChildOutput, pipes.ChildError);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static command => ((RuntimeCommand)command!).Signal(Signals.Terminate), command);
        pipes.ReleaseChildEnds();
        using MemoryStream output = new(), error = new();
        PipeReceiver receive = (isError, bytes) => (isError ? error : output).Write(bytes);
        while (!pipes.Wait(command.PidFd, -1, wantsWrite: false, receive).HasFlag(PipeEvents.Exited))
        {
        }
        while (pipes.Wait(command.PidFd, 0, wantsWrite: false, receive).HasFlag(PipeEvents.Received))
        {
        }
        ProcessExit exit = command.Wait();
        cancellation.ThrowIfCancellationRequested();
        return (exit, Text(output), Text(error));
    }

    private StateDirectory Of(string id) => new(Path.Join(root, id), id);

    private static bool HasHooks(StateDirectory container)
    {
        try
        {
            return container.ReadConfig().Hooks?.Poststop is { Count: > 0 };
        }
        catch (Exception failure) when (failure is ContainerException or RuntimeSpecException)
        {
            // It warns of that.
            return true;
        }
    }

    private (ProcessExit Exit, string Output, string Error) Execute(IReadOnlyList<string> arguments) => Execute(["--root", root, .. arguments], CancellationToken.None);

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
}
