using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Get-CgroupStatistic: one sample of what the kernel counts for cgroups.</summary>
[Cmdlet(VerbsCommon.Get, "CgroupStatistic")]
[OutputType(typeof(CgroupStatistic))]
public sealed class GetCgroupStatisticCommand : CgroupCmdlet
{
    /// <summary>The cgroups: paths, or what Get-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference[] Cgroup { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachCgroup(Cgroup, handle => WriteObject(CgroupStatistics.Read(handle)));
}
