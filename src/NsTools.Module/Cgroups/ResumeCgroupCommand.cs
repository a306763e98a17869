using System.Management.Automation;

namespace NsTools.Module.Cgroups;

/// <summary>Resume-Cgroup: lets the processes of frozen cgroups go on.</summary>
[Cmdlet(VerbsLifecycle.Resume, "Cgroup", SupportsShouldProcess = true)]
[OutputType(typeof(Cgroup))]
public sealed class ResumeCgroupCommand : CgroupFreezerCmdlet
{
    private protected override bool Freezes => false;
}
