using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>A cmdlet that ends containers, by their stop signal first: what Stop- and Restart-Container have in common.</summary>
public abstract class StoppingContainerCmdlet : ContainerBatchCmdlet
{
    /// <summary>Seconds from the stop signal to SIGKILL; without it the container's own, usually 10. 0 kills at once.</summary>
    [Parameter]
    [ValidateRange(0, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>Returns the containers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Podman's word for what is done.</summary>
    private protected abstract string Verb { get; }

    /// <summary>What is done when the container has ended.</summary>
    /// <param name="container">The container.</param>
    private protected virtual void Continue(Container container)
    {
    }

    /// <inheritdoc/>
    private protected sealed override bool IsWanted(Container container) => ShouldProcess(container.Name, ContainerShellCommand.Join(Verb, container.Name));

    /// <inheritdoc/>
    private protected sealed override void Work(Container container)
    {
        TimeSpan? timeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : null;
        new ContainerStopper(Store).Stop(container.Id, timeout, StopToken);
        Continue(container);
    }

    /// <inheritdoc/>
    private protected sealed override void Report(Container container)
    {
        if (PassThru)
            WriteObject(Store.Get(container.Id));
    }
}
