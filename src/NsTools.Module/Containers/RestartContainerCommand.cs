using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Restart-Container: ends containers and starts them again; those that do not run are started.</summary>
[Cmdlet(VerbsLifecycle.Restart, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class RestartContainerCommand : ContainerCmdlet
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
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join("restart", container.Name)))
            return;
        TimeSpan? timeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : null;
        new ContainerStopper(Store).Stop(container.Id, timeout, StopToken);
        new ContainerStarter(Store).Start(container.Id, StopToken);
        if (PassThru)
            WriteObject(Store.Get(container.Id));
    }
}
