using System.Management.Automation;
using NsTools.Containers;
using NsTools.Interop.Syscalls;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>
/// Invoke-Image: runs a program in a new container. Attached it runs as a native command does; with -Detach in the
/// background.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "Image", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(string), typeof(CommandResult), typeof(Container))]
public sealed class InvokeImageCommand : ContainerCreationCmdlet
{
    private CommandStreamer? _streamer;
    private Container? _container;

    /// <summary>Runs it in the background, and returns the container.</summary>
    [Parameter]
    public SwitchParameter Detach { get; set; }

    /// <summary>Removes the container when it has ended.</summary>
    [Parameter]
    public SwitchParameter Remove { get; set; }

    /// <summary>With -Tty: the keys that leave the container, which goes on; an empty text for none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string DetachKeys { get; set; } = ContainerAttacher.UsualKeys;

    /// <summary>How long it may take, in seconds; then it is killed. Not with -Detach.</summary>
    [Parameter]
    [ValidateRange(0.001, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>Returns one CommandResult at the end in place of lines as they come. Not with -Detach.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Standard input: a line each; bytes as they are.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    private protected override ContainerOptions GetOptions() => base.GetOptions() with { RemovesItself = Remove };

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(Source, () =>
    {
        if (Detach && (PassThru || TimeoutSec > 0))
            throw new NsToolsException(FailureKind.InvalidArgument, "DetachedHasNoEnd", "-PassThru and -TimeoutSec wait for the end, which -Detach does not.", "Use Wait-Container.");
        if (!Detach && RestartPolicy is not (null or "no"))
            throw new NsToolsException(FailureKind.InvalidArgument, "RestartNeedsDetach", "What is started again by itself has no end to wait for: -RestartPolicy needs -Detach.", "Add -Detach; Connect-Container joins it.");
        if (Tty && !Detach && (PassThru || TimeoutSec > 0 || MyInvocation.ExpectingInput))
            throw new NsToolsException(FailureKind.InvalidArgument, "TerminalHasNoStreams", "With -Tty the program has this terminal: there is nothing for -PassThru, -TimeoutSec or pipeline input.", "Leave out -Tty.");
        ContainerOptions options = GetOptions();
        if (!ShouldProcess(Source, ContainerShellCommand.Describe(Detach ? "run --detach" : "run", Image?.ToString(), Root, options)))
            return;
        Container container = _container = Create(options);
        Guarded(() => Start(container), isStart: true);
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_streamer is { IsRunning: true } && InputObject is not null)
            ForItem(Source, () => _streamer.Write(InputObject));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_streamer is null)
            return;
        try
        {
            ForItem(Source, () => Guarded(() => _streamer.Finish(() => ContainerStore.Current.Get(_container!.Id).OutOfMemory)));
        }
        finally
        {
            if (Remove)
                ForItem(_container, Discard);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _streamer is not null)
        {
            // Ends what still runs: the pipeline was stopped before the end.
            _streamer.Dispose();
            if (Remove)
                Discard();
        }
        base.Dispose(disposing);
    }

    private void Start(Container container)
    {
        ContainerStarter starter = new(ContainerStore.Current);
        if (Detach)
        {
            starter.Start(container.Id, StopToken);
            WriteObject(ContainerStore.Current.Get(container.Id));
            return;
        }
        if (Tty)
        {
            RunOnTerminal(container);
            return;
        }
        bool hasInput = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject));
        CommandStreamer streamer = new(this, container.Command, PassThru);
        StopToken.UnsafeRegister(static streamer => ((CommandStreamer)streamer!).Stop(), streamer);
        streamer.Start(
            hasInput,
            TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan,
            streams => starter.StartAttached(container.Id, streams, Interactive && !hasInput ? CommandStreamer.OwnInput : null, StopToken));
        _streamer = streamer;
    }

    private void RunOnTerminal(Container container)
    {
        SessionState.PSVariable.Set("global:LASTEXITCODE", new ContainerAttacher(ContainerStore.Current).Start(container.Id, DetachKeys, Interactive, StopToken).ExitCode);
        // One that was left goes on.
        if (Remove && ContainerStore.Current.Get(container.Id).State is ContainerState.Exited or ContainerState.Created)
            Discard();
    }

    // What this command began it undoes: a container that could not be started does not stay.
    private void Guarded(Action start, bool isStart = false)
    {
        try
        {
            start();
        }
        catch (Exception failure) when (isStart ? failure is NsToolsException or SyscallException : failure is NsToolsException { ErrorId: var id } && id.StartsWith("Container", StringComparison.Ordinal))
        {
            // What a POSIX shell has for a program that it cannot find, or cannot execute.
            if (failure is NsToolsException { ErrorId: "ContainerProgramNotFound" or "ContainerProgramNotExecutable" } program)
                SessionState.PSVariable.Set("global:LASTEXITCODE", program.ErrorId == "ContainerProgramNotFound" ? 127 : 126);
            Discard();
            throw;
        }
    }

    // Also when the pipeline is being stopped. Somebody else may have been quicker.
    private void Discard()
    {
        if (_container is not { } container)
            return;
        _container = null;
        try
        {
            new ContainerRemover(ContainerStore.Current).Remove(container.Id, isForced: true, removesVolumes: true, CancellationToken.None);
        }
        catch (NsToolsException failure) when (failure.ErrorId == "ContainerNotFound")
        {
        }
    }
}
