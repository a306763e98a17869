using System.Management.Automation;
using NsTools.Containers;

namespace NsTools.Module.Containers.Pods;

/// <summary>Stop-Pod: ends the containers of pods, and takes the pods down.</summary>
[Cmdlet(VerbsLifecycle.Stop, "Pod", SupportsShouldProcess = true)]
[OutputType(typeof(Pod))]
public sealed class StopPodCommand : PodCmdlet
{
    /// <summary>Seconds from each container's stop signal to SIGKILL; without it the container's own, usually 10. 0 kills at once.</summary>
    [Parameter]
    [ValidateRange(0, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>Returns the pods.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Pod pod)
    {
        if (!ShouldProcess(pod.Name, ContainerShellCommand.Join("pod", "stop", pod.Name)))
            return;
        Store.Stop(pod.Name, MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : null, StopToken);
        if (PassThru)
            WriteObject(Store.Get(pod.Name));
    }
}
