using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Get-ContainerProcess: the processes of running containers.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerProcess")]
[OutputType(typeof(ContainerProcess))]
public sealed class GetContainerProcessCommand : ContainerCmdlet
{
    /// <inheritdoc/>
    private protected override void Process(Container container) => WriteObject(new ContainerProcessList(Store).Of(container), enumerateCollection: true);
}
