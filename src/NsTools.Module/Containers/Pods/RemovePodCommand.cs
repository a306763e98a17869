using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers.Pods;

/// <summary>Remove-Pod: removes pods with their containers.</summary>
[Cmdlet(VerbsCommon.Remove, "Pod", SupportsShouldProcess = true)]
public sealed class RemovePodCommand : PodCmdlet
{
    /// <summary>Ends containers that run, at once.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Pod pod)
    {
        if (ShouldProcess(pod.Name, Force ? ContainerShellCommand.Join("pod", "rm", "--force", pod.Name) : ContainerShellCommand.Join("pod", "rm", pod.Name)))
            Store.Remove(pod.Name, Force, StopToken);
    }
}
