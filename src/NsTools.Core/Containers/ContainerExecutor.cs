using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
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
}

/// <summary>Runs programs in containers, under the restrictions of the container (<c>nsrun exec</c>).</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerExecutor(ContainerStore store)
{
    /// <summary>Starts one.</summary>
    /// <param name="id">ID of the container.</param>
    /// <param name="execution">What to run.</param>
    /// <param name="streams">Its input, output, and time.</param>
    /// <param name="cancellation">Ends the program.</param>
    /// <exception cref="NsToolsException">The container does not run (<c>ContainerNotRunning</c>), or has no such user.</exception>
    public CommandSession Start(string id, ContainerExecution execution, CommandStreams streams, CancellationToken cancellation)
    {
        Container container = store.Find(id) ?? throw ContainerStore.NotFound(id);
        if (container is not { State: ContainerState.Running, ProcessId: { } process })
        {
            throw new NsToolsException(
                FailureKind.InvalidState, "ContainerNotRunning", $"The container '{container.Name}' does not run: it is {container.State}.", $"Start-Container {container.Name} starts it.");
        }
        ProcessSpec own = RuntimeSpecJson.Deserialize(File.ReadAllBytes(Path.Join(store.PathOf(id), "config.json"))).Process!;
        ProcessSpec spec = Describe(own, execution, process);
        using SafeFileHandle file = MemoryFile.Create("process.json", RuntimeSpecJson.SerializeProcess(spec));
        return CommandSession.Start(
            execution.Command[0],
            streams,
            pipes => new ExecutedProcess(store.Runtime.Start(["exec", "--process", "/proc/self/fd/3", id], pipes.ChildInput, pipes.ChildOutput, pipes.ChildError, file)),
            cancellation);
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
            Terminal = false,
            // Another user has only what no_new_privs and the bounding set leave it: nothing of root's.
            Capabilities = user.Uid == own.User.Uid || own.Capabilities is null ? own.Capabilities : CapabilitiesOf(own.Capabilities, user.Uid == 0),
        };
    }

    private static CapabilitiesSpec CapabilitiesOf(CapabilitiesSpec own, bool isRoot) => isRoot
        ? new CapabilitiesSpec { Bounding = own.Bounding, Effective = own.Bounding, Permitted = own.Bounding }
        : new CapabilitiesSpec { Bounding = own.Bounding };
}
