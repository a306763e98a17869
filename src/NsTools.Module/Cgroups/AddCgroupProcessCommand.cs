using System.Management.Automation;
using NsTools.Cgroups;
using NsTools.Module.Common;

namespace NsTools.Module.Cgroups;

/// <summary>Add-CgroupProcess: moves processes into a cgroup, or into each of several.</summary>
[Cmdlet(VerbsCommon.Add, "CgroupProcess", SupportsShouldProcess = true, DefaultParameterSetName = ProcessSet)]
[OutputType(typeof(Cgroup))]
public sealed class AddCgroupProcessCommand : CgroupCmdlet
{
    private const string ProcessSet = "Process";
    private const string InputObjectSet = "InputObject";

    private CgroupHandle? _handle;

    /// <summary>The cgroup: a path, or what Get-Cgroup returns.</summary>
    [Parameter(ParameterSetName = ProcessSet, Mandatory = true, Position = 0)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference Cgroup { get; set; } = null!;

    /// <summary>Cgroups from the pipeline, each of which gets the processes.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public Cgroup InputObject { get; set; } = null!;

    /// <summary>The processes: what Get-Process returns, process IDs, a namespace set (its holder), or anything with a ProcessId.</summary>
    [Parameter(ParameterSetName = ProcessSet, Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true)]
    [Alias("Id", "Process")]
    [ProcessOfObjectTransformation]
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[] ProcessId { get; set; } = [];

    /// <summary>Returns the cgroup when all are in it.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ProcessSet)
        {
            AddAll(Cgroup, () => _handle ??= Hierarchies.Open(Cgroup));
            return;
        }
        CgroupReference reference = CgroupReference.FromCgroup(InputObject);
        using CgroupHandle? handle = TryOpen(reference);
        if (handle is null)
            return;
        AddAll(reference, () => handle);
        if (PassThru)
            ForCgroup(reference.Path, () => WriteObject(handle.Describe()));
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

    private void AddAll(CgroupReference reference, Func<CgroupHandle> open)
    {
        foreach (int process in ProcessId)
        {
            ForCgroup(process, () =>
            {
                if (ShouldProcess($"echo {process} > {ShellPath(reference.Path)}/cgroup.procs", $"{reference.Path}: process {process}", "Add-CgroupProcess"))
                    CgroupMembership.Add(open(), process);
            });
        }
    }

    private CgroupHandle? TryOpen(CgroupReference reference)
    {
        CgroupHandle? handle = null;
        ForCgroup(reference.Path, () => handle = Hierarchies.Open(reference));
        return handle;
    }
}
