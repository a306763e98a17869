using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Containers.Networks;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Health;

namespace NsTools.Containers;

/// <summary>
/// Starts containers, with a supervisor (<c>nsrun supervise</c>) that outlives this process: in the background, or attached.
/// </summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerStarter(ContainerStore store)
{
    /// <summary>Name of the log in a container's directory.</summary>
    internal const string LogName = "container.log";

    /// <summary>Starts one in the background.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="cancellation">Ends waiting for others that work on it.</param>
    /// <exception cref="NsToolsException">It runs already (<c>ContainerRunning</c>), its image is gone, or its program cannot be executed.</exception>
    public void Start(string id, CancellationToken cancellation) => Supervise(id, [], cancellation);

    /// <summary>Makes its process, which waits: who attaches then and starts it misses nothing of what it writes.</summary>
    /// <inheritdoc cref="Start"/>
    internal void Prepare(string id, CancellationToken cancellation) => Supervise(id, ["--wait"], cancellation);

    /// <summary>Starts one, and stays with it: what it writes comes here, too, and its end is the session's.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="streams">Its input, output, and time.</param>
    /// <param name="input">Its standard input in place of the session's; null for that.</param>
    /// <param name="cancellation">Ends the container.</param>
    /// <inheritdoc cref="Start" path="/exception"/>
    public CommandSession StartAttached(string id, CommandStreams streams, SafeFileHandle? input, CancellationToken cancellation) => Launch(id, (document, directory) =>
        CommandSession.Start(
            document.Command[0],
            streams,
            pipes => AttachedContainerProcess.Start(store, document, Arguments(document, directory, []), input ?? pipes.ChildInput, pipes, cancellation),
            cancellation), cancellation);

    /// <summary>The runtime that starts a container.</summary>
    /// <param name="store">Where the container is.</param>
    /// <param name="document">The container.</param>
    internal static OciRuntime RuntimeFor(ContainerStore store, ContainerDocument document) => document.HasNoCgroup ? store.Runtime.WithoutCgroups : store.Runtime;

    private void Supervise(string id, string[] options, CancellationToken cancellation) => Launch(id, (document, directory) =>
    {
        try
        {
            return RuntimeFor(store, document).Run(Arguments(document, directory, [.. document.KeepsInput ? (string[])["--open-stdin"] : [], .. options]));
        }
        catch (NsToolsException failure) when (failure.ErrorId == "ContainerRuntimeFailed")
        {
            throw NotStarted(document, failure.Message);
        }
    }, cancellation);

    private List<string> Arguments(ContainerDocument document, string directory, string[] options) =>
    [
        "supervise",
        "--bundle", directory,
        "--log-path", Path.Join(directory, LogName),
        "--log-size", Math.Clamp(document.LogSize, 1, int.MaxValue).ToString(CultureInfo.InvariantCulture),
        .. document.RestartPolicy is { } policy ? (string[])["--restart", policy] : [],
        .. document.HealthChecks.Count > 0 ? (string[])["--health-plan", Path.Join(directory, HealthPlan.FileName)] : [],
        .. HelperNetwork.Is(document.Network) ? (string[])["--network-record", store.NetworkDirectories.HelperFile(document.Id, "helper")] : [],
        .. options,
        document.Id,
    ];

    private T Launch<T>(string id, Func<ContainerDocument, string, T> start, CancellationToken cancellation)
    {
        using SafeFileHandle entry = store.LockContainer(id, cancellation);
        ContainerDocument document = store.Read(id) ?? throw ContainerStore.NotFound(id);
        RequireStopped(document);
        string directory = store.PathOf(id);
        ContainerRestartPolicy.Allow(document, directory);
        string run = Path.Join(directory, ContainerRunDocument.FileName);
        byte[]? before = File.Exists(run) ? File.ReadAllBytes(run) : null;
        using IDisposable layers = ContainerLayers.Hold(document, cancellation);
        AtomicFile.Write(run, JsonSerializer.SerializeToUtf8Bytes(new ContainerRunDocument { Started = DateTimeOffset.UtcNow }, ContainerJson.Default.ContainerRunDocument));
        string exit = Path.Join(directory, ContainerExitDocument.FileName), lastExit = exit + ".last";
        if (File.Exists(exit))
            File.Move(exit, lastExit, overwrite: true);
        ContainerNetworking networking = new(store);
        try
        {
            networking.Up(document, directory, cancellation);
            return start(document, directory);
        }
        catch
        {
            networking.Down(id);
            // As it was before.
            if (before is null)
                File.Delete(run);
            else
                AtomicFile.Write(run, before);
            if (File.Exists(lastExit))
                File.Move(lastExit, exit, overwrite: true);
            throw;
        }
        finally
        {
            File.Delete(lastExit);
        }
    }

    private void RequireStopped(ContainerDocument document)
    {
        switch (store.Runtime.State(document.Id)?.Status)
        {
            case null when !store.Runtime.Knows(document.Id):
                return;
            // Created: prepared for somebody who died before starting it.
            case null or "stopped" or "created":
                store.Harvest(document.Id);
                return;
            default:
                throw new NsToolsException(
                    FailureKind.InvalidState, "ContainerRunning", $"The container '{document.Name}' runs already.", $"Stop-Container {document.Name} ends it.");
        }
    }

    /// <summary>The failure that its program could not be started.</summary>
    internal static NsToolsException NotStarted(ContainerDocument document, string problem)
    {
        bool isMissing = problem.Contains("(ENOENT)", StringComparison.Ordinal), isProgram = problem.Contains("execve '", StringComparison.Ordinal) && !problem.Contains("execve 'nsrun'", StringComparison.Ordinal);
        return new NsToolsException(
            isProgram && isMissing ? FailureKind.NotFound : FailureKind.InvalidState,
            isProgram ? isMissing ? "ContainerProgramNotFound" : "ContainerProgramNotExecutable" : "ContainerNotStarted",
            $"The container '{document.Name}' could not be started: {problem}",
            isProgram ? "Give a program that its image has, by its path or by a name that its PATH finds." : null);
    }
}
