using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Restart-Container: ends containers and starts them again; those that do not run are started.</summary>
[Cmdlet(VerbsLifecycle.Restart, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class RestartContainerCommand : StoppingContainerCmdlet
{
    /// <inheritdoc/>
    private protected override string Verb => "restart";

    /// <inheritdoc/>
    private protected override bool IsLast(Container container) => container.Network == ContainerNetworkMode.Container;

    /// <inheritdoc/>
    private protected override void Continue(Container container) => new ContainerStarter(Store).Start(container.Id, StopToken);
}
