using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Stop-Container: ends containers, by their stop signal first.</summary>
[Cmdlet(VerbsLifecycle.Stop, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class StopContainerCommand : ContainerCmdlet
{
    /// <summary>Seconds from the stop signal to SIGKILL; without it the container's own, usually 10. 0 kills at once.</summary>
    [Parameter]
    [ValidateRange(0, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>Returns the containers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join("stop", container.Name)))
            return;
        TimeSpan? timeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : null;
        new ContainerStopper(Store).Stop(container.Id, timeout, StopToken);
        if (PassThru)
            WriteObject(Store.Get(container.Id));
    }
}
