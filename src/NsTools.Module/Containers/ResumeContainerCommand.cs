using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers;

/// <summary>Resume-Container: lets the processes of suspended containers go on.</summary>
[Cmdlet(VerbsLifecycle.Resume, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class ResumeContainerCommand : ContainerCmdlet
{
    /// <summary>Returns the containers.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, ContainerShellCommand.Join("unpause", container.Name)))
            return;
        new ContainerStopper(Store).Resume(container);
        if (PassThru)
            WriteObject(Store.Get(container.Id));
    }
}
