using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers.Pods;

/// <summary>Start-Pod: brings pods up with all of their containers.</summary>
[Cmdlet(VerbsLifecycle.Start, "Pod", SupportsShouldProcess = true)]
[OutputType(typeof(Pod))]
public sealed class StartPodCommand : PodCmdlet
{
    /// <summary>Returns the pods.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Pod pod)
    {
        if (!ShouldProcess(pod.Name, ContainerShellCommand.Join("pod", "start", pod.Name)))
            return;
        Store.Start(pod.Name, StopToken);
        if (PassThru)
            WriteObject(Store.Get(pod.Name));
    }
}
