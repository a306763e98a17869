using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Containers;

/// <summary>What to run in a container beside its own program.</summary>
public sealed record ContainerExecution
{
    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The user, as <c>NAME</c> or <c>UID</c>, with <c>:GROUP</c> or <c>:GID</c>; null for the container's.</summary>
    public string? User { get; init; }

    /// <summary>The working directory inside; null for the container's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Variables on top of the container's; a null value takes one of those away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Its standard input in place of the session's; null for that.</summary>
    public SafeFileHandle? Input { get; init; }

    /// <summary>True on a terminal of its own.</summary>
    internal bool HasTerminal { get; init; }
}

/// <summary>Runs programs in containers, under the restrictions of the container (<c>nsrun exec</c>).</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerExecutor(ContainerStore store)
{
    // The first descriptor after the standard streams.
    private const string ProcessFile = "/proc/self/fd/3";

    /// <summary>Starts one.</summary>
    /// <param name="id">ID of the container.</param>
    /// <param name="execution">What to run.</param>
    /// <param name="streams">Its input, output, and time.</param>
    /// <param name="cancellation">Ends the program.</param>
    /// <exception cref="NsToolsException">The container does not run (<c>ContainerNotRunning</c>), or has no such user.</exception>
    public CommandSession Start(string id, ContainerExecution execution, CommandStreams streams, CancellationToken cancellation)
    {
        using SafeFileHandle file = Describe(id, execution);
        return CommandSession.Start(
            execution.Command[0],
            streams,
            pipes => new ExecutedProcess(store.Runtime.Start(["exec", "--process", ProcessFile, id], execution.Input ?? pipes.ChildInput, pipes.ChildOutput, pipes.ChildError, file)),
            cancellation);
    }

    /// <summary>Runs one on the caller's terminal until it ends.</summary>
    /// <param name="id">ID of the container.</param>
    /// <param name="execution">What to run.</param>
    /// <param name="cancellation">Ends the program.</param>
    /// <returns>How it ended.</returns>
    /// <inheritdoc cref="Start" path="/exception"/>
    public ProcessExit RunOnTerminal(string id, ContainerExecution execution, CancellationToken cancellation)
    {
        using SafeFileHandle file = Describe(id, execution with { HasTerminal = true });
        return new ContainerAttacher(store).Run(["exec", "--process", ProcessFile, id], file, cancellation);
    }

    /// <summary>The login shell of a user of a container.</summary>
    /// <param name="id">ID of the container.</param>
    /// <param name="user">The user; null for the container's own.</param>
    /// <inheritdoc cref="Start" path="/exception"/>
    public string ShellOf(string id, string? user)
    {
        using SafeFileHandle root = PathInRoot.OpenRoot($"/proc/{store.RequireRunning(id).ProcessId}/root");
        return new UserDatabase(root).Resolve(user ?? OwnProcess(id).User.Uid.ToString(CultureInfo.InvariantCulture)).Shell;
    }

    private ProcessSpec OwnProcess(string id) => RuntimeSpecJson.Deserialize(File.ReadAllBytes(Path.Join(store.PathOf(id), "config.json"))).Process!;

    private SafeFileHandle Describe(string id, ContainerExecution execution)
    {
        int process = store.RequireRunning(id).ProcessId!.Value;
        ProcessSpec spec = Describe(OwnProcess(id), execution, process);
        return MemoryFile.Create("process.json", RuntimeSpecJson.SerializeProcess(spec));
    }

    private static ProcessSpec Describe(ProcessSpec own, ContainerExecution execution, int process)
    {
        Dictionary<string, string?> variables = (own.Env ?? []).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => (string?)v[^1]);
        UserSpec user = own.User;
        if (execution.User is { } name)
        {
            // Through the process: what the container sees now.
            using SafeFileHandle root = PathInRoot.OpenRoot($"/proc/{process}/root");
            UserAccount account = new UserDatabase(root).Resolve(name);
            user = new UserSpec { Uid = account.UserId, Gid = account.GroupId, AdditionalGids = account.Groups, Umask = own.User.Umask };
            variables["HOME"] = account.Home;
        }
        foreach ((string variable, string? value) in execution.Environment)
            variables[variable] = value;
        return own with
        {
            Args = execution.Command,
            Cwd = execution.WorkingDirectory ?? own.Cwd,
            Env = [.. variables.Where(v => v.Value is not null).Select(v => $"{v.Key}={v.Value}")],
            User = user,
            Terminal = execution.HasTerminal,
            // Another user has only what no_new_privs and the bounding set leave it: nothing of root's.
            Capabilities = user.Uid == own.User.Uid || own.Capabilities is null ? own.Capabilities : CapabilitiesOf(own.Capabilities, user.Uid == 0),
        };
    }

    private static CapabilitiesSpec CapabilitiesOf(CapabilitiesSpec own, bool isRoot) => isRoot
        ? new CapabilitiesSpec { Bounding = own.Bounding, Effective = own.Bounding, Permitted = own.Bounding }
        : new CapabilitiesSpec { Bounding = own.Bounding };
}
