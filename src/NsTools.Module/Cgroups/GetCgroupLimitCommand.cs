using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Get-CgroupLimit: the limits of cgroups, read from the kernel.</summary>
[Cmdlet(VerbsCommon.Get, "CgroupLimit")]
[OutputType(typeof(CgroupLimit))]
public sealed class GetCgroupLimitCommand : CgroupCmdlet
{
    /// <summary>The cgroups: paths, or what Get-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference[] Cgroup { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachCgroup(Cgroup, handle => WriteObject(CgroupLimits.Read(handle)));
}
