using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;
using Tmds.Linux;

namespace NsTools.Containers;

/// <summary>
/// Joins containers, on the caller's own terminal or by streams: <c>nsrun attach</c> talks to their supervisors. The container
/// goes on when one leaves, however that happens.
/// </summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerAttacher(ContainerStore store)
{
    /// <summary>The keys that leave a container when none are given, as Podman and Docker have them.</summary>
    public const string UsualKeys = "ctrl-p,ctrl-q";

    /// <summary>Starts a container and stays with it until it ends, or is left by the keys.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="detachKeys">The keys.</param>
    /// <param name="readsInput">False passes nothing on that is typed.</param>
    /// <param name="cancellation">Leaves it.</param>
    /// <returns>How it ended; exit code 0 when it was left.</returns>
    /// <exception cref="NsToolsException">There is no terminal (<c>NoTerminal</c>); it runs already, or cannot be started.</exception>
    public ProcessExit Start(string id, string detachKeys, bool readsInput, CancellationToken cancellation)
    {
        InteractiveCommand.RequireTerminal();
        new ContainerStarter(store).Prepare(id, cancellation);
        try
        {
            return Run(Attach(id, detachKeys, readsInput, ["--start"]), null, cancellation);
        }
        catch (NsToolsException failure) when (failure.ErrorId == "ContainerRuntimeFailed" && store.Runtime.State(id) is not { Status: "running" or "paused" })
        {
            store.Harvest(id);
            throw ContainerStarter.NotStarted(store.Read(id) ?? throw ContainerStore.NotFound(id), failure.Message);
        }
    }

    /// <summary>Joins a container until it ends, or is left by the keys.</summary>
    /// <inheritdoc cref="Start"/>
    public ProcessExit Join(string id, string detachKeys, bool readsInput, CancellationToken cancellation)
    {
        InteractiveCommand.RequireTerminal();
        _ = store.RequireRunning(id);
        return Run(Attach(id, detachKeys, readsInput, []), null, cancellation);
    }

    /// <summary>Joins a container by streams.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="streams">What it writes comes there; its input ends with that of the session.</param>
    /// <param name="cancellation">Leaves it.</param>
    /// <exception cref="NsToolsException">It does not run (<c>ContainerNotRunning</c>).</exception>
    public CommandSession Join(string id, CommandStreams streams, CancellationToken cancellation)
    {
        Container container = store.RequireRunning(id);
        return CommandSession.Start(
            container.Name,
            streams,
            pipes => new ExecutedProcess(store.Runtime.Start(Attach(id, "", streams.HasInput, []), pipes.ChildInput, pipes.ChildOutput, pipes.ChildError)),
            cancellation);
    }

    /// <summary>The command line of <c>nsrun attach</c>.</summary>
    internal static List<string> Attach(string id, string detachKeys, bool readsInput, string[] options) =>
        ["attach", "--detach-keys", detachKeys, .. options, .. readsInput ? (string[])[] : ["--no-stdin"], id];

    /// <summary>Runs a command of <c>nsrun</c> on the caller's terminal.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="file">What becomes descriptor 3; null for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="NsToolsException">There is no terminal (<c>NoTerminal</c>), or it says what was wrong (<c>ContainerRuntimeFailed</c>).</exception>
    internal ProcessExit Run(List<string> arguments, SafeFileHandle? file, CancellationToken cancellation)
    {
        InteractiveCommand.RequireTerminal();
        TerminalState? terminal = TerminalState.Save(LibC.STDIN_FILENO);
        // What a container writes on a terminal goes to standard output; on the other stream nsrun speaks.
        (SafeFileHandle messages, SafeFileHandle messagesEnd) = DescriptorTable.Pipe();
        using (messages)
        {
            RuntimeCommand command;
            using (messagesEnd)
                command = store.Runtime.StartOnTerminal(arguments, messagesEnd, file);
            using (command)
            {
                try
                {
                    Poller.WaitReadable(Descriptor.Number(command.PidFd), Timeout.InfiniteTimeSpan, cancellation);
                    ProcessExit exit = command.Wait();
                    string problem = exit.ExitCode == 0 ? "" : string.Join(' ', ReadAll(messages).Split('\n').Where(line => !line.StartsWith("nsrun: warning:", StringComparison.Ordinal))).Trim();
                    return problem.Length == 0 ? exit : throw OciRuntime.Failed(arguments[0], problem, exit);
                }
                finally
                {
                    command.Signal(Signals.Terminate);
                    command.Wait();
                    terminal?.Restore();
                }
            }
        }
    }

    /// <summary>All that is in a pipe whose writers have ended.</summary>
    internal static string ReadAll(SafeFileHandle pipe)
    {
        using FileStream stream = new(pipe, FileAccess.Read, bufferSize: 0);
        using MemoryStream all = new();
        stream.CopyTo(all);
        return Encoding.UTF8.GetString(all.GetBuffer(), 0, (int)all.Length);
    }
}
