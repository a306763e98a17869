using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>What Suspend-Cgroup and Resume-Cgroup share: all but the direction.</summary>
public abstract class CgroupFreezerCmdlet : CgroupCmdlet
{
    /// <summary>The cgroups: paths, or what Get-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference[] Cgroup { get; set; } = [];

    /// <summary>Returns the cgroup.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>True freezes, false thaws.</summary>
    private protected abstract bool Freezes { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachCgroup(Cgroup, handle =>
    {
        if (!ShouldProcess(CgroupSuspension.Describe(handle, Freezes), handle.Path, MyInvocation.MyCommand.Name))
            return;
        CgroupSuspension.Set(handle, Freezes, StopToken);
        if (PassThru)
            WriteObject(handle.Describe());
    });
}
