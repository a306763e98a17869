using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Remove-Container: removes containers with all that they have written.</summary>
[Cmdlet(VerbsCommon.Remove, "Container", SupportsShouldProcess = true)]
public sealed class RemoveContainerCommand : ContainerCmdlet
{
    /// <summary>Ends those that run, at once.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        if (ShouldProcess(container.Name, Force ? ContainerShellCommand.Join("rm", "--force", container.Name) : ContainerShellCommand.Join("rm", container.Name)))
            new ContainerRemover(Store).Remove(container.Id, Force, StopToken);
    }
}
