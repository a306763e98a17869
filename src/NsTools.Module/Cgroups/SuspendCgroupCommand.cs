using System.Management.Automation;

namespace NsTools.Module.Cgroups;

/// <summary>Suspend-Cgroup: freezes all processes of cgroups and of those beneath.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "Cgroup", SupportsShouldProcess = true)]
[OutputType(typeof(Cgroup))]
public sealed class SuspendCgroupCommand : CgroupFreezerCmdlet
{
    private protected override bool Freezes => true;
}
