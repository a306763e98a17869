using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Health;

namespace NsTools.Module.Containers;

/// <summary>Wait-Container: waits until containers have ended, or are well.</summary>
[Cmdlet(VerbsLifecycle.Wait, "Container")]
[OutputType(typeof(Container))]
public sealed class WaitContainerCommand : ContainerCmdlet
{
    /// <summary>What to wait for; without it the end.</summary>
    [Parameter]
    public ContainerCondition Condition { get; set; }

    /// <summary>How long at most, in seconds; without it for ever.</summary>
    [Parameter]
    [ValidateRange(0, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        TimeSpan timeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan;
        bool isDone = Condition switch
        {
            ContainerCondition.Healthy => new ContainerHealthReader(Store).Wait(container, ContainerHealthState.Healthy, timeout, StopToken),
            ContainerCondition.Unhealthy => new ContainerHealthReader(Store).Wait(container, ContainerHealthState.Unhealthy, timeout, StopToken),
            _ => new ContainerStopper(Store).Wait(container.Id, timeout, StopToken),
        };
        if (!isDone)
        {
            throw new NsToolsException(
                FailureKind.Timeout,
                "ContainerTimedOut",
                $"The container '{container.Name}' {(Condition == ContainerCondition.Exited ? "has not ended" : $"was not {Condition}")} within {TimeoutSec:0.###} s.",
                Condition == ContainerCondition.Exited ? "Wait longer, or end it with Stop-Container." : "Wait longer; Test-ContainerHealth shows what its check says.");
        }
        WriteObject(Store.Get(container.Id));
    }
}
