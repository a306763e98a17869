using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Start-Container: starts containers in the background.</summary>
[Cmdlet(VerbsLifecycle.Start, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class StartContainerCommand : ContainerBatchCmdlet
{
    /// <summary>Returns the containers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override bool IsWanted(Container container) => ShouldProcess(container.Name, ContainerShellCommand.Join("start", container.Name));

    /// <inheritdoc/>
    private protected override bool IsLast(Container container) => container.Network == ContainerNetworkMode.Container;

    /// <inheritdoc/>
    private protected override void Work(Container container) => new ContainerStarter(Store).Start(container.Id, StopToken);

    /// <inheritdoc/>
    private protected override void Report(Container container)
    {
        if (PassThru)
            WriteObject(Store.Get(container.Id));
    }
}
