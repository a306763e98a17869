using System.Management.Automation;
using NsTools.Containers.Contents;

namespace NsTools.Module.Containers;

/// <summary>Get-ContainerChange: the files of containers that are not as in their images.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerChange")]
[OutputType(typeof(ContainerChange))]
public sealed class GetContainerChangeCommand : ContainerCmdlet
{
    /// <inheritdoc/>
    private protected override void Process(Container container) =>
        WriteObject(new ContainerChanges(Store).Of(container, StopToken), enumerateCollection: true);
}
