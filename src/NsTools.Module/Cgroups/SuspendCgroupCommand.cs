using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Suspend-Cgroup: freezes all processes of cgroups and of those beneath.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "Cgroup", SupportsShouldProcess = true)]
[OutputType(typeof(Cgroup))]
public sealed class SuspendCgroupCommand : CgroupCmdlet
{
    /// <summary>The cgroups: paths, or what Get-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference[] Cgroup { get; set; } = [];

    /// <summary>Returns the cgroup.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachCgroup(Cgroup, handle =>
    {
        if (!ShouldProcess($"echo FROZEN > {ShellPath(handle.Path)}/freezer.state", handle.Path, "Suspend-Cgroup"))
            return;
        CgroupSuspension.Set(handle, frozen: true, StopToken);
        if (PassThru)
            WriteObject(handle.Describe());
    });
}
