using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Suspend-Container: freezes the processes of containers.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class SuspendContainerCommand : ContainerCmdlet
{
    /// <summary>Returns the containers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join("pause", container.Name)))
            return;
        new ContainerStopper(Store).Suspend(container);
        if (PassThru)
            WriteObject(Store.Get(container.Id));
    }
}
