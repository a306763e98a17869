using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Cgroups;
using NsTools.Containers.Health;
using NsTools.Containers.Networks;
using NsTools.Hosts;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Containers;

/// <summary>
/// The containers of a user. What one is and has written lies in <c>containers/ID</c> of the data directory, which is also
/// its OCI bundle; whether it runs is known to <c>nsrun</c>, whose state is in <c>containers</c> of the run directory and
/// goes with a reboot.
/// </summary>
/// <remarks>
/// A name is a file of <c>names/</c> with the ID in it. Whoever makes, starts or removes a container holds a lock on its
/// directory, which the kernel drops when they die: a directory without <c>container.json</c> that is not locked is what a
/// crash has left, shows as dead and can be removed.
/// </remarks>
public sealed class ContainerStore
{
    private const string NamesDirectory = "names";

    private readonly string _directory;

    /// <summary>Opens a store; nothing is made before a container is.</summary>
    /// <param name="dataRoot">See <see cref="RuntimeDirectories.DataRoot"/>.</param>
    /// <param name="runRoot">See <see cref="RuntimeDirectories.RunRoot"/>.</param>
    public ContainerStore(string dataRoot, string runRoot)
    {
        DataRoot = dataRoot;
        RunRoot = runRoot;
        _directory = Path.GetFullPath(Path.Join(dataRoot, "containers"));
        Runtime = new OciRuntime(Path.GetFullPath(Path.Join(runRoot, "containers")));
        NetworkDirectories = new NetworkDirectories(dataRoot, runRoot);
        Sandboxes = new NetworkSandboxes(NetworkDirectories);
    }

    /// <summary>The calling user's store, at this moment's directories.</summary>
    public static ContainerStore Current => new(RuntimeDirectories.DataRoot, RuntimeDirectories.RunRoot);

    internal OciRuntime Runtime { get; }

    /// <summary>The data directory that it is in, with images and volumes beside it.</summary>
    internal string DataRoot { get; }

    /// <summary>The run directory, with the state of what runs.</summary>
    internal string RunRoot { get; }
    internal NetworkDirectories NetworkDirectories { get; }

    internal NetworkSandboxes Sandboxes { get; }

    internal string Names => Path.Join(_directory, NamesDirectory);

    /// <summary>All containers, the newest first.</summary>
    /// <exception cref="NsToolsException"><c>nsrun</c> failed.</exception>
    public IReadOnlyList<Container> List()
    {
        string[] ids = Ids();
        if (ids.Length == 0)
            return [];
        IReadOnlyDictionary<string, RuntimeStateDocument> states = Runtime.States();
        return [.. ids.Select(id => Describe(id, states.GetValueOrDefault(id))).OfType<Container>().OrderByDescending(container => container.Created)];
    }

    /// <summary>The names of all containers, for completion: nothing is asked of <c>nsrun</c>.</summary>
    public IReadOnlyList<string> ListNames() => Directory.Exists(Names) ? [.. Directory.EnumerateFiles(Names).Select(file => Path.GetFileName(file)!).Where(name => !name.EndsWith(".new", StringComparison.Ordinal)).Order(StringComparer.Ordinal)] : [];

    /// <summary>The container that a text names.</summary>
    /// <param name="nameOrId">Its name, its ID, or the beginning of that.</param>
    /// <exception cref="NsToolsException">There is none (<c>ContainerNotFound</c>), or several begin so (<c>ContainerAmbiguous</c>).</exception>
    public Container Get(string nameOrId)
    {
        string id = Resolve(nameOrId);
        return Describe(id, Runtime.State(id)) ?? throw NotFound(nameOrId);
    }

    /// <summary>The ID that a text names.</summary>
    /// <inheritdoc cref="Get"/>
    internal string Resolve(string nameOrId)
    {
        if (IdOfName(nameOrId) is { } named)
            return named;
        string[] fitting = nameOrId.Length > 0 && nameOrId.All(char.IsAsciiHexDigitLower) ? [.. Ids().Where(id => id.StartsWith(nameOrId, StringComparison.Ordinal))] : [];
        return fitting.Length switch
        {
            1 => fitting[0],
            0 => throw NotFound(nameOrId),
            _ => throw new NsToolsException(
                FailureKind.InvalidArgument, "ContainerAmbiguous", $"The IDs of {fitting.Length} containers begin with '{nameOrId}'.", "Give more of it, or the name."),
        };
    }

    /// <summary>A container as it is now; null when it is not there, or is only being made.</summary>
    /// <param name="id">Its ID.</param>
    internal Container? Find(string id) => Describe(id, Runtime.State(id));

    /// <summary>A container that runs, and so has a process.</summary>
    /// <exception cref="NsToolsException">It does not (<c>ContainerNotRunning</c>), or is not there (<c>ContainerNotFound</c>).</exception>
    internal Container RequireRunning(string id)
    {
        Container container = Find(id) ?? throw NotFound(id);
        return container is { State: ContainerState.Running, ProcessId: not null }
            ? container
            : throw new NsToolsException(
                FailureKind.InvalidState, "ContainerNotRunning", $"The container '{container.Name}' does not run: it is {container.State}.", $"Start-Container {container.Name} starts it.");
    }

    /// <summary>The failure that there is no such container.</summary>
    internal static NsToolsException NotFound(string name) => new(
        FailureKind.NotFound, "ContainerNotFound", $"There is no container '{name}'.", "Get-Container -All shows those that there are.");

    internal string PathOf(string id) => Path.Join(_directory, id);

    internal bool HasDirectory(string id) => Directory.Exists(PathOf(id));

    internal ContainerDocument? Read(string id) => ContainerJson.Read(Path.Join(PathOf(id), ContainerDocument.FileName), ContainerJson.Default.ContainerDocument);

    /// <summary>What all containers are, without asking whether they run.</summary>
    internal IEnumerable<ContainerDocument> ReadAll() => Ids().Select(Read).OfType<ContainerDocument>();

    internal ContainerExitDocument? ReadExit(string id) =>
        ContainerJson.Read(Path.Join(PathOf(id), ContainerExitDocument.FileName), ContainerJson.Default.ContainerExitDocument);

    /// <summary>True when a supervisor has written down how a container ended, and nobody has taken that yet.</summary>
    internal bool HasRecord(string id) => File.Exists(Path.Join(Runtime.Root, id, ContainerExitDocument.FileName));

    /// <summary>
    /// Keeps how a container has ended, and has <c>nsrun</c> delete the rest of it: its state goes with a reboot, the record
    /// does not.
    /// </summary>
    /// <param name="id">The container, which has ended.</param>
    internal void Harvest(string id)
    {
        ContainerExitDocument? exit = ContainerJson.Read(Path.Join(Runtime.Root, id, ContainerExitDocument.FileName), ContainerJson.Default.ContainerExitDocument);
        // On a full disk the supervisor's record stays where it is, and is taken the next time.
        if (exit is null || TryKeep(id, exit))
            Runtime.Delete(id);
        new ContainerNetworking(this).Down(id);
    }

    private bool TryKeep(string id, ContainerExitDocument exit)
    {
        try
        {
            AtomicFile.Write(
                Path.Join(PathOf(id), ContainerExitDocument.FileName),
                JsonSerializer.SerializeToUtf8Bytes(exit with { OomKilled = WasOutOfMemory(id) }, ContainerJson.Default.ContainerExitDocument));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // Its cgroup is still there until it is deleted.
    private static bool WasOutOfMemory(string id)
    {
        using CgroupSystem system = CgroupSystem.Open();
        using CgroupHandle? cgroup = system.TryOpen(CgroupReference.FromPath(ContainerSpecBuilder.CgroupOf(id)));
        return cgroup is not null && CgroupStatistics.Read(cgroup).OomKillCount > 0;
    }

    /// <summary>Locks the store: whoever gives or takes away a name holds it.</summary>
    internal SafeFileHandle Lock(CancellationToken cancellation)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(_directory);
        File.SetUnixFileMode(_directory, Owner);
        Directory.CreateDirectory(Names);
        return DirectoryLock.Acquire(_directory, cancellation);
    }

    /// <summary>Locks a container: whoever starts or removes it holds it.</summary>
    /// <exception cref="NsToolsException">It is not there any more.</exception>
    internal SafeFileHandle LockContainer(string id, CancellationToken cancellation)
    {
        try
        {
            return DirectoryLock.Acquire(PathOf(id), cancellation);
        }
        catch (SyscallException failure) when (failure.Name == "ENOENT")
        {
            throw NotFound(id);
        }
    }

    /// <summary>The ID that has a name; null for none. A name whose container is gone is free.</summary>
    internal string? IdOfName(string name)
    {
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
            return null;
        try
        {
            string id = File.ReadAllText(Path.Join(Names, name));
            return ContainerName.IsId(id) && Directory.Exists(PathOf(id)) ? id : null;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private string[] Ids() => Directory.Exists(_directory)
        ? [.. Directory.EnumerateDirectories(_directory).Select(path => Path.GetFileName(path)!).Where(ContainerName.IsId)]
        : [];

    private Container? Describe(string id, RuntimeStateDocument? state)
    {
        string directory = PathOf(id);
        if (Read(id) is not { } document)
            return IsAbandoned(directory) ? Leftover(id, directory) : null;
        ContainerRunDocument? run = ContainerJson.Read(Path.Join(directory, ContainerRunDocument.FileName), ContainerJson.Default.ContainerRunDocument);
        ContainerState now = state?.Status switch
        {
            "running" => ContainerState.Running,
            "paused" => ContainerState.Paused,
            _ => run is null ? ContainerState.Created : ContainerState.Exited,
        };
        bool hasProcess = now is ContainerState.Running or ContainerState.Paused;
        (IReadOnlyList<ContainerNetworkAttachment> networks, IReadOnlyList<ContainerPort> ports) = document.Network == ContainerNetworkMode.Bridge || HelperNetwork.Is(document.Network)
            ? ContainerNetworkState.Of(directory, hasProcess ? Sandboxes.Find(id) : null)
            : ([], []);
        ContainerExitDocument? exit = now == ContainerState.Exited ? state is null ? ReadExit(id) : Unharvested(id) : null;
        return new Container
        {
            Id = id,
            Name = document.Name,
            Image = document.Image,
            ImageId = document.ImageId is { } text && Digest.TryParse(text, out Digest? digest) ? digest : null,
            Root = document.Root,
            Command = [.. document.Command],
            State = now,
            Created = document.Created,
            // One that was started again by itself is younger than its start.
            StartedAt = document.RestartPolicy is not null && state is not null && run?.Started < state.Created ? state.Created : run?.Started,
            FinishedAt = exit?.Finished,
            ExitCode = exit?.ExitCode,
            Signal = exit is { Signal: > 0 } ? SignalName.Of(exit.Signal) : null,
            OutOfMemory = exit?.OomKilled ?? false,
            ProcessId = hasProcess ? state!.Pid : null,
            Ports = [.. ports.Select(port => port.ToString()), .. document.Ports.Where(exposed => !ports.Any(port => port.Exposes(exposed)))],
            PublishedPorts = [.. ports],
            Networks = [.. networks],
            Labels = document.Labels,
            HostName = document.HostName,
            Network = document.Network,
            Pod = document.Pod,
            UserNamespace = [.. (document.UserMap ?? []).Select(map => string.Create(CultureInfo.InvariantCulture, $"{map.ContainerId}:{map.HostId}:{map.Size}"))],
            Mounts = [.. document.Mounts],
            RemovesItself = document.RemovesItself,
            Health = new ContainerHealthReader(this).Describe(document, hasProcess),
            HasTerminal = document.HasTerminal,
            RestartPolicy = document.RestartPolicy,
            RestartCount = document.RestartPolicy is null ? 0 : ContainerRestartPolicy.CountOf(directory),
            Path = directory,
        };
    }

    /// <summary>How it has ended: as its supervisor has written it down, or as that was kept.</summary>
    internal ContainerExitDocument? Unharvested(string id) =>
        ContainerJson.Read(Path.Join(Runtime.Root, id, ContainerExitDocument.FileName), ContainerJson.Default.ContainerExitDocument) ?? ReadExit(id);

    private static Container Leftover(string id, string directory) => new()
    {
        Id = id,
        Name = id[..12],
        State = ContainerState.Dead,
        Created = Directory.GetCreationTimeUtc(directory),
        Path = directory,
    };

    private static bool IsAbandoned(string directory)
    {
        try
        {
            using SafeFileHandle? free = DirectoryLock.TryAcquire(directory);
            return free is not null && !File.Exists(Path.Join(directory, ContainerDocument.FileName));
        }
        catch (SyscallException failure) when (failure.Name == "ENOENT")
        {
            return false;
        }
    }
}
