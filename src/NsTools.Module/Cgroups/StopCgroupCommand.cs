using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Stop-Cgroup: ends all processes of cgroups and of those beneath; the cgroups stay.</summary>
[Cmdlet(VerbsLifecycle.Stop, "Cgroup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Cgroup))]
public sealed class StopCgroupCommand : CgroupCmdlet
{
    /// <summary>The cgroups: paths, or what Get-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference[] Cgroup { get; set; } = [];

    /// <summary>Seconds that the processes have to end by themselves after SIGTERM. Without it, or 0, they are killed at once.</summary>
    [Parameter]
    [ValidateRange(0, 86_400)]
    public double GracePeriodSec { get; set; }

    /// <summary>Returns the cgroup.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachCgroup(Cgroup, handle =>
    {
        if (!ShouldProcess($"echo 1 > {ShellPath(handle.Path)}/cgroup.kill", handle.Path, "Stop-Cgroup"))
            return;
        CgroupReference reference = new(handle.Path, [.. handle.Directories.Select(directory => directory.Hierarchy.MountPoint)]);
        CgroupStopper stopper = new(Hierarchies);
        if (GracePeriodSec > 0)
            stopper.Stop(reference, recurse: true, TimeSpan.FromSeconds(GracePeriodSec), StopToken);
        else
            stopper.Kill(reference, recurse: true, StopToken);
        if (PassThru)
            WriteObject(handle.Describe());
    });
}
