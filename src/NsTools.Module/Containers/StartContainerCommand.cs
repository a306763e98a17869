using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Start-Container: starts containers in the background.</summary>
[Cmdlet(VerbsLifecycle.Start, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class StartContainerCommand : ContainerCmdlet
{
    /// <summary>Returns the containers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join("start", container.Name)))
            return;
        new ContainerStarter(Store).Start(container.Id, StopToken);
        if (PassThru)
            WriteObject(Store.Get(container.Id));
    }
}
