using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>New-Cgroup: makes cgroups, in all hierarchies or those of some controllers.</summary>
[Cmdlet(VerbsCommon.New, "Cgroup", SupportsShouldProcess = true)]
[OutputType(typeof(Cgroup))]
public sealed class NewCgroupCommand : CgroupCmdlet
{
    /// <summary>Paths from the root of the hierarchy; those above that are missing are made, too.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [Alias("Path")]
    public string[] Name { get; set; } = [];

    /// <summary>Only these controllers (blkio and io are the same). Without it, all that can be had.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControllerCompleter))]
    public string[]? Controller { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            ForCgroup(name, () =>
            {
                CgroupReference reference = CgroupReference.FromPath(name);
                if (!ShouldProcess($"mkdir -p {string.Join(' ', Hierarchies.Select(Controller).Select(hierarchy => hierarchy.FullPath(reference.Path)))}", reference.Path, "New-Cgroup"))
                    return;
                using CgroupHandle handle = new CgroupBuilder(Hierarchies).Create(reference, Controller);
                WriteObject(handle.Describe());
            });
        }
    }
}
