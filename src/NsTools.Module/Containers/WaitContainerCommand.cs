using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Wait-Container: waits until containers have ended.</summary>
[Cmdlet(VerbsLifecycle.Wait, "Container")]
[OutputType(typeof(Container))]
public sealed class WaitContainerCommand : ContainerCmdlet
{
    /// <summary>How long at most, in seconds; without it for ever.</summary>
    [Parameter]
    [ValidateRange(0, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        TimeSpan timeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan;
        if (!new ContainerStopper(Store).Wait(container.Id, timeout, StopToken))
        {
            throw new NsToolsException(
                FailureKind.Timeout, "ContainerTimedOut", $"The container '{container.Name}' has not ended within {TimeoutSec:0.###} s.", "Wait longer, or end it with Stop-Container.");
        }
        WriteObject(Store.Get(container.Id));
    }
}
