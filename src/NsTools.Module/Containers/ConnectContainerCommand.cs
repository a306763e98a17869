using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>
/// Connect-Container: joins a running container. One with a terminal has this one until it ends or is left by the keys; what
/// another writes comes line by line.
/// </summary>
[Cmdlet(VerbsCommunications.Connect, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(string))]
public sealed class ConnectContainerCommand : ContainerStreamCmdlet
{
    /// <summary>The keys that leave a container with a terminal, such as ctrl-x,y; an empty text for none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string DetachKeys { get; set; } = ContainerAttacher.UsualKeys;

    /// <summary>Passes nothing on that is typed.</summary>
    [Parameter]
    public SwitchParameter NoInput { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(Container, () =>
    {
        ContainerAttacher attacher = new(ContainerStore.Current);
        Container container = ContainerStore.Current.Get(Container);
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join([.. NoInput ? (string[])["attach", "--no-stdin"] : ["attach"], "--detach-keys", DetachKeys, container.Name])))
            return;
        if (container.HasTerminal && !HasInput)
        {
            SessionState.PSVariable.Set("global:LASTEXITCODE", attacher.Join(container.Id, DetachKeys, !NoInput, StopToken).ExitCode);
            return;
        }
        // Its end is that of the connection only: the container goes on.
        Stream(container.Command, isCollecting: false, Timeout.InfiniteTimeSpan, streams => attacher.Join(container.Id, streams, StopToken));
    });
}
