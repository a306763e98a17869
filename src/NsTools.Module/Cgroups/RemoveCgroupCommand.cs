using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Remove-Cgroup: removes cgroups from every hierarchy that has them.</summary>
[Cmdlet(VerbsCommon.Remove, "Cgroup", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
public sealed class RemoveCgroupCommand : CgroupCmdlet
{
    private const string NameSet = "Name";
    private const string InputObjectSet = "InputObject";

    /// <summary>Paths from the root of the hierarchy; wildcards match one level.</summary>
    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [Alias("Path")]
    public string[] Name { get; set; } = [];

    /// <summary>Cgroups, or paths, from the pipeline.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    public CgroupReference InputObject { get; set; } = null!;

    /// <summary>Also removes the cgroups beneath.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Kills the processes first, or with -MoveTo moves them.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Moves the processes to this cgroup first, instead of killing them; / for the root. -Force is meant by it.</summary>
    [Parameter]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference? MoveTo { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == InputObjectSet)
        {
            Remove(InputObject);
            return;
        }
        foreach (string name in Name)
        {
            ForCgroup(name, () =>
            {
                if (!WildcardPattern.ContainsWildcardCharacters(name))
                {
                    Remove(CgroupReference.FromPath(name));
                    return;
                }
                foreach (CgroupReference found in new CgroupFinder(Hierarchies).Match(name, (pattern, part) => WildcardPattern.Get(pattern, WildcardOptions.None).IsMatch(part)))
                    Remove(found);
            });
        }
    }

    private void Remove(CgroupReference reference) => ForCgroup(reference.Path, () =>
    {
        if (ShouldProcess($"{Before(reference)}rmdir {ShellPath(reference.Path)}", reference.Path, "Remove-Cgroup"))
            new CgroupRemover(Hierarchies).Remove(reference, new CgroupRemovalOptions { Recurse = Recurse, Kill = Force, MoveTo = MoveTo }, StopToken);
    });

    // What happens to the processes, as the shell would do it.
    private string Before(CgroupReference reference) =>
        MoveTo is { } target ? $"for p in $(cat {ShellPath(reference.Path)}/cgroup.procs); do echo $p > {ShellPath(target.Path)}/cgroup.procs; done; "
        : Force ? $"kill -KILL $(cat {ShellPath(reference.Path)}/cgroup.procs); "
        : "";
}
