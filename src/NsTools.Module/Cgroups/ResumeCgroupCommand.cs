using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Resume-Cgroup: lets the processes of frozen cgroups go on.</summary>
[Cmdlet(VerbsLifecycle.Resume, "Cgroup", SupportsShouldProcess = true)]
[OutputType(typeof(Cgroup))]
public sealed class ResumeCgroupCommand : CgroupCmdlet
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
        if (!ShouldProcess($"echo THAWED > {ShellPath(handle.Path)}/freezer.state", handle.Path, "Resume-Cgroup"))
            return;
        CgroupSuspension.Set(handle, frozen: false, StopToken);
        if (PassThru)
            WriteObject(handle.Describe());
    });
}
