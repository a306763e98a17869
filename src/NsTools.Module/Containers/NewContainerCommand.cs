using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>New-Container: makes a container that Start-Container starts.</summary>
[Cmdlet(VerbsCommon.New, "Container", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(Container))]
public sealed class NewContainerCommand : ContainerCreationCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Source, () =>
    {
        ContainerOptions options = GetOptions();
        if (ShouldProcess(Source, ContainerShellCommand.Describe("create", Image?.ToString(), Root, options)))
            WriteObject(Create(options));
    });
}
