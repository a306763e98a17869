using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>
/// <c>nsrun</c> with our containers' state: every process of a container is started, signalled and ended by its command
/// line, as an engine does it with any OCI runtime.
/// </summary>
/// <param name="root">Its <c>--root</c>.</param>
internal sealed class OciRuntime(string root)
{
    /// <summary>Where it keeps the state.</summary>
    public string Root => root;

    /// <summary>True when it knows the container, in whatever state.</summary>
    public bool Knows(string id) => Directory.Exists(Path.Join(root, id));

    /// <summary>The states of all containers, by ID.</summary>
    /// <exception cref="NsToolsException">It failed (<c>ContainerRuntimeFailed</c>).</exception>
    public IReadOnlyDictionary<string, RuntimeStateDocument> States()
    {
        // Nothing is started for a machine without containers.
        if (!Directory.Exists(root) || !Directory.EnumerateDirectories(root).Any())
            return new Dictionary<string, RuntimeStateDocument>();
        string json = Run("list", "--format", "json");
        return JsonSerializer.Deserialize(json, ContainerJson.Default.IReadOnlyListRuntimeStateDocument)!.ToDictionary(state => state.Id);
    }

    /// <summary>The state of one container; null when it does not know it.</summary>
    /// <param name="id">Its ID.</param>
    public RuntimeStateDocument? State(string id)
    {
        if (!Knows(id))
            return null;
        (ProcessExit exit, string output, _) = Execute(["state", id]);
        return exit.ExitCode == 0 ? JsonSerializer.Deserialize(output, ContainerJson.Default.RuntimeStateDocument) : null;
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
        RuntimeCommand.Start(RuntimeExecutable.Path, ["--root", root, .. arguments], streams);

    /// <summary>Starts a command on the caller's terminal.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="streams">Standard error, and what becomes descriptor 3; null is <c>/dev/null</c>.</param>
    public RuntimeCommand StartOnTerminal(IReadOnlyList<string> arguments, params ReadOnlySpan<SafeFileHandle?> streams) =>
        RuntimeCommand.StartOnTerminal(RuntimeExecutable.Path, ["--root", root, .. arguments], streams);

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

    private (ProcessExit Exit, string Output, string Error) Execute(IReadOnlyList<string> arguments) => Execute(["--root", root, .. arguments], CancellationToken.None);

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

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
}
