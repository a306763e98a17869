using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Remove-Container: removes containers with all that they have written.</summary>
[Cmdlet(VerbsCommon.Remove, "Container", SupportsShouldProcess = true)]
public sealed class RemoveContainerCommand : ContainerBatchCmdlet
{
    /// <summary>Ends those that run, at once.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Removes the volumes without a name of anybody's choice, too.</summary>
    [Parameter]
    public SwitchParameter Volume { get; set; }

    /// <inheritdoc/>
    private protected override bool IsWanted(Container container)
    {
        string[] options = [.. Force ? (string[])["--force"] : [], .. Volume ? (string[])["--volumes"] : []];
        return ShouldProcess(container.Name, ContainerShellCommand.Join(["rm", .. options, container.Name]));
    }

    /// <inheritdoc/>
    private protected override void Work(Container container) => new ContainerRemover(Store).Remove(container.Id, Force, Volume, StopToken);
}
