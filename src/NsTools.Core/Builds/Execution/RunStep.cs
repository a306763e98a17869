using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Containers;
using NsTools.Containers.Contents;
using NsTools.Containers.Networks;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Processes;

namespace NsTools.Builds.Execution;

/// <summary>Runs a command of a Dockerfile in a container on what is built so far, whose changes become a layer.</summary>
/// <param name="request">The build.</param>
/// <param name="state">The stage so far.</param>
/// <param name="instruction">The RUN.</param>
internal sealed class RunStep(BuildRequest request, StageState state, DockerfileInstruction instruction)
{
    private const string ScriptPlace = "/dev/pipes/";

    /// <summary>The program and its arguments.</summary>
    public IReadOnlyList<string> Command => instruction switch
    {
        { IsExecForm: true } => instruction.Arguments,
        { Heredocs: [DockerfileHeredoc only] } when IsScript => HeredocText.Of(only).StartsWith("#!", StringComparison.Ordinal)
            ? [ScriptPlace + only.Name]
            : [.. state.Shell, HeredocText.Of(only)],
        // The shell reads its own heredocs, as they are written.
        _ => [.. state.Shell, string.Join('\n', [instruction.Arguments[0], .. instruction.Heredocs.Select(heredoc => heredoc.Content + heredoc.Name)])],
    };

    // RUN <<EOF alone: the text is the script.
    private bool IsScript => instruction.Arguments[0].StartsWith("<<", StringComparison.Ordinal) && !instruction.Arguments[0].Any(char.IsWhiteSpace);

    /// <summary>Runs it.</summary>
    /// <param name="layers">Where the unpacked layers are; held by the caller.</param>
    /// <param name="mounts">What it has mounted.</param>
    /// <param name="variables">Its variables on top of the image's.</param>
    /// <param name="output">Gets each line that it writes.</param>
    /// <param name="cancellation">Ends it; nothing is left then.</param>
    /// <returns>Its changes.</returns>
    /// <exception cref="NsToolsException">It failed (<c>BuildStepFailed</c>), or could not be started.</exception>
    public StepLayer Run(LayerStore layers, RunMounts mounts, IEnumerable<KeyValuePair<string, string>> variables, Action<bool, string> output, CancellationToken cancellation)
    {
        ContainerStore store = ContainerStore.Current;
        using TemporaryScript? script = TemporaryScript.For(Command[0], instruction);
        Container container = new ContainerCreator(store).Create(state.Directories, state.Config with { Volumes = null }, instruction.Text, Options(mounts, variables, script), cancellation);
        bool isKept = false;
        try
        {
            MakeDirectories(store, container.Id);
            ProcessExit exit = Run(store, container, output, cancellation);
            if (exit.ExitCode == 0)
                return Take(store, container.Id, layers, mounts);
            isKept = request.KeepsFailed;
            throw Failed(store, container, exit);
        }
        finally
        {
            if (!isKept)
                new ContainerRemover(store).Remove(container.Id, isForced: true, removesVolumes: true, CancellationToken.None);
        }
    }

    private ContainerOptions Options(RunMounts mounts, IEnumerable<KeyValuePair<string, string>> variables, TemporaryScript? script) => new()
    {
        Entrypoint = [],
        Arguments = Command,
        Environment = variables.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)).Concat(mounts.Environment).ToDictionary(),
        Mounts = [.. request.Mounts, .. mounts.Mounts, .. script is null ? Array.Empty<ContainerMount>() : [new ContainerMount { Type = ContainerMountType.Bind, Source = script.Path, Destination = Command[0], IsReadOnly = true }]],
        Network = instruction.GetFlag("network") switch
        {
            "none" => new ContainerNetworkSelection { Mode = ContainerNetworkMode.None },
            "host" => new ContainerNetworkSelection { Mode = ContainerNetworkMode.Host },
            _ => request.Network,
        },
        SharesHost = request.Isolation == BuildIsolation.Chroot,
        Memory = request.Memory,
        Cpu = request.Cpu,
    };

    // The working directory is one that WORKDIR named, with mode and owner of a directory that a build makes.
    private void MakeDirectories(ContainerStore store, string id)
    {
        if (state.PendingDirectories.Count == 0)
            return;
        string directory = store.PathOf(id), upper = Path.Join(directory, "upper");
        using SafeFileHandle root = state.Directories.Count == 0 ? DirectoryHandle.Open(upper) : ImageOverlay.Create("build", state.Directories, upper, Path.Join(directory, "work"));
        CopyStep.MakePending(root, state);
    }

    private static ProcessExit Run(ContainerStore store, Container container, Action<bool, string> output, CancellationToken cancellation)
    {
        LineSplitter standard = new(), error = new();
        CommandStreams streams = new()
        {
            Receiver = (isError, bytes) => (isError ? error : standard).Add(bytes, line => output(isError, line)),
        };
        using CommandSession session = new ContainerStarter(store).StartAttached(container.Id, streams, input: null, cancellation);
        ProcessExit exit = session.Finish();
        standard.Finish(line => output(false, line));
        error.Finish(line => output(true, line));
        return exit;
    }

    private StepLayer Take(ContainerStore store, string id, LayerStore layers, RunMounts mounts)
    {
        string upper = Path.Join(store.PathOf(id), "upper");
        using (SafeFileHandle changes = DirectoryHandle.Open(upper))
        using (SafeFileHandle lower = OpenLower(store, id))
            MountPlaceholders.Remove(changes, lower, request.Mounts.Concat(mounts.Mounts));
        StepLayer layer = new(layers, state.Directories);
        try
        {
            Directory.Delete(layer.Upper);
            Directory.Move(upper, layer.Upper);
            return layer;
        }
        catch
        {
            layer.Dispose();
            throw;
        }
    }

    private SafeFileHandle OpenLower(ContainerStore store, string id)
    {
        string empty = Path.Join(store.PathOf(id), ContainerSpecBuilder.MountPlace);
        return state.Directories.Count == 0 ? DirectoryHandle.Open(empty) : ImageOverlay.Create("build", [empty, .. state.Directories], upper: null, work: null);
    }

    private NsToolsException Failed(ContainerStore store, Container container, ProcessExit exit)
    {
        bool isOutOfMemory = store.Get(container.Id).OutOfMemory;
        string how = isOutOfMemory ? "was killed: it was out of memory"
            : exit.Signal != 0 ? $"was killed by SIG{SignalName.Of(exit.Signal)}"
            : $"ended with exit code {exit.ExitCode}";
        return BuildFailure.At(
            FailureKind.InvalidState,
            "BuildStepFailed",
            instruction,
            $"'{instruction.Text}' {how}.",
            request.KeepsFailed ? $"Its container is '{container.Name}': Get-ContainerChange {container.Name}." : "-KeepFailed leaves its container, to look into.");
    }

    /// <summary>A script that names its own interpreter, as a file while it runs.</summary>
    private sealed record TemporaryScript(string Path) : IDisposable
    {
        public static TemporaryScript? For(string program, DockerfileInstruction instruction)
        {
            if (instruction.IsExecForm || !program.StartsWith(ScriptPlace, StringComparison.Ordinal))
                return null;
            string path = System.IO.Path.GetTempFileName();
            File.WriteAllText(path, HeredocText.Of(instruction.Heredocs[0]));
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
            return new TemporaryScript(path);
        }

        public void Dispose() => File.Delete(Path);
    }
}
