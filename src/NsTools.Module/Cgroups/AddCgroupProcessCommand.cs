using System.Management.Automation;
using NsTools.Cgroups;
using NsTools.Module.Common;

namespace NsTools.Module.Cgroups;

/// <summary>Add-CgroupProcess: moves processes into a cgroup.</summary>
[Cmdlet(VerbsCommon.Add, "CgroupProcess", SupportsShouldProcess = true)]
[OutputType(typeof(Cgroup))]
public sealed class AddCgroupProcessCommand : CgroupCmdlet
{
    private CgroupHandle? _handle;

    /// <summary>The cgroup: a path, or what Get-Cgroup returns.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference Cgroup { get; set; } = null!;

    /// <summary>The processes: what Get-Process returns, process IDs, a namespace set (its holder), or anything with a ProcessId.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id", "Process")]
    [ProcessOfObjectTransformation]
    [ValidateRange(1, int.MaxValue)] // 0, as a set without a holder has, would be this very process (cgroups(7))
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[] ProcessId { get; set; } = [];

    /// <summary>Returns the cgroup when all are in it.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (int process in ProcessId)
        {
            ForCgroup(process, () =>
            {
                if (!ShouldProcess($"echo {process} > {ShellPath(Cgroup.Path)}/cgroup.procs", $"{Cgroup.Path}: process {process}", "Add-CgroupProcess"))
                    return;
                _handle ??= Hierarchies.Open(Cgroup);
                CgroupMembership.Add(_handle, process);
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (PassThru && _handle is not null)
            ForCgroup(Cgroup.Path, () => WriteObject(_handle.Describe()));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _handle?.Dispose();
        base.Dispose(disposing);
    }
}
