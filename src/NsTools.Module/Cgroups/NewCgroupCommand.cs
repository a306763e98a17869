using System.Management.Automation;
using NsTools.Cgroups;
using NsTools.Module.Common;

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

    /// <summary>Processes that are moved into it at once: what Get-Process returns, process IDs, namespace sets. A scope of systemd's needs one.</summary>
    [Parameter]
    [Alias("Process")]
    [ProcessOfObjectTransformation]
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[] ProcessId { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            ForCgroup(name, () =>
            {
                CgroupReference reference = CgroupReference.FromPath(name);
                if (SystemdScopes.IsScope(reference))
                    MakeScope(reference);
                else
                    Make(reference);
            });
        }
    }

    private void MakeScope(CgroupReference reference)
    {
        if (!ShouldProcess(SystemdScopes.Describe(reference, ProcessId), reference.Path, "New-Cgroup"))
            return;
        using CgroupHandle handle = new SystemdScopes(Hierarchies).Create(reference, ProcessId);
        WriteObject(handle.Describe());
    }

    private void Make(CgroupReference reference)
    {
        if (!ShouldProcess($"mkdir -p {string.Join(' ', Hierarchies.Select(Controller).Select(hierarchy => hierarchy.FullPath(reference.Path)))}", reference.Path, "New-Cgroup"))
            return;
        if (SystemdScopes.IsSystemdHost && reference.Path.LastIndexOf('/') == 0)
            WriteWarning($"The root of the cgroup hierarchy is systemd's here, which may take controllers away from '{reference.Path}' at any time. A cgroup that is safe from it is a scope: New-Cgroup {reference.Path.TrimStart('/')}.scope -ProcessId ID, and what is made beneath it.");
        using CgroupHandle handle = new CgroupBuilder(Hierarchies).Create(reference, Controller);
        try
        {
            foreach (int process in ProcessId)
                CgroupMembership.Add(handle, process);
        }
        catch
        {
            new CgroupRemover(Hierarchies).Remove(reference, new CgroupRemovalOptions { MoveTo = new CgroupReference("/") }, StopToken);
            throw;
        }
        Cgroup made = handle.Describe();
        // Only v2 has cgroups without controllers, and only there a parent with processes is in the way of them.
        if (made.Version == CgroupVersion.V2 && made.Controllers.Count == 0)
            WriteWarning($"'{made.Path}' has no controllers, and so takes no limits: a cgroup above it has processes of its own (cgroup v2's no-internal-process rule) or was given none. Move them here (Get-CgroupProcess PARENT | Add-CgroupProcess {made.Path}); then New-Cgroup PARENT/another has them.");
        WriteObject(made);
    }
}
