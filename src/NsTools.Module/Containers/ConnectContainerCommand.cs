using System.Management.Automation;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>
/// Connect-Container: joins a running container. One with a terminal has this one until it ends or is left by the keys; what
/// another writes comes line by line.
/// </summary>
[Cmdlet(VerbsCommunications.Connect, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(string))]
public sealed class ConnectContainerCommand : NsToolsCmdlet
{
    private CommandStreamer? _streamer;

    /// <summary>The container: a Container, a name, an ID or the beginning of one.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string Container { get; set; } = "";

    /// <summary>The keys that leave a container with a terminal, such as ctrl-x,y; an empty text for none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string DetachKeys { get; set; } = ContainerAttacher.UsualKeys;

    /// <summary>Passes nothing on that is typed.</summary>
    [Parameter]
    public SwitchParameter NoInput { get; set; }

    /// <summary>Standard input for a container that was made with -Interactive: a line each; bytes as they are.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(Container, () =>
    {
        ContainerAttacher attacher = new(ContainerStore.Current);
        Container container = ContainerStore.Current.Get(Container);
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join([.. NoInput ? (string[])["attach", "--no-stdin"] : ["attach"], "--detach-keys", DetachKeys, container.Name])))
            return;
        bool hasInput = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject));
        if (container.HasTerminal && !hasInput)
        {
            SessionState.PSVariable.Set("global:LASTEXITCODE", attacher.Join(container.Id, DetachKeys, !NoInput, StopToken).ExitCode);
            return;
        }
        CommandStreamer streamer = new(this, container.Command, isCollecting: false);
        StopToken.UnsafeRegister(static streamer => ((CommandStreamer)streamer!).Stop(), streamer);
        streamer.Start(hasInput, Timeout.InfiniteTimeSpan, streams => attacher.Join(container.Id, streams, StopToken));
        _streamer = streamer;
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_streamer is { IsRunning: true } && InputObject is not null)
            ForItem(Container, () => _streamer.Write(InputObject));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(Container, () => _streamer?.Finish());

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Only the connection: the container goes on.
        if (disposing)
            _streamer?.Dispose();
        base.Dispose(disposing);
    }
}
