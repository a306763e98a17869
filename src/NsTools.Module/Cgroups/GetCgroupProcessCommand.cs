using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Get-CgroupProcess: the processes of cgroups.</summary>
[Cmdlet(VerbsCommon.Get, "CgroupProcess")]
[OutputType(typeof(CgroupProcess))]
public sealed class GetCgroupProcessCommand : CgroupCmdlet
{
    /// <summary>The cgroups: paths, or what Get-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference[] Cgroup { get; set; } = [];

    /// <summary>Also the processes of cgroups beneath.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachCgroup(Cgroup, handle =>
    {
        WriteObject(CgroupMembership.Processes(handle), enumerateCollection: true);
        if (!Recurse)
            return;
        foreach (CgroupReference beneath in new CgroupFinder(Hierarchies).Descendants(new CgroupReference(handle.Path), StopToken))
        {
            using CgroupHandle? inner = Hierarchies.TryOpen(beneath);
            if (inner is not null)
                WriteObject(CgroupMembership.Processes(inner), enumerateCollection: true);
        }
    });
}
