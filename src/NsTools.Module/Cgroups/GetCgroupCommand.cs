using System.Management.Automation;
using NsTools.Cgroups;
using NsTools.Module.Common;

namespace NsTools.Module.Cgroups;

/// <summary>Get-Cgroup: cgroups by path or pattern, or those of a process.</summary>
[Cmdlet(VerbsCommon.Get, "Cgroup", DefaultParameterSetName = NameSet)]
[OutputType(typeof(Cgroup))]
public sealed class GetCgroupCommand : CgroupCmdlet
{
    private const string NameSet = "Name";
    private const string ProcessSet = "Process";
    private const string InputObjectSet = "InputObject";

    /// <summary>Paths from the root of the hierarchy; wildcards match one level (a/* are the children of a). Without it, the top level.</summary>
    [Parameter(ParameterSetName = NameSet, Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [Alias("Path")]
    public string[] Name { get; set; } = [];

    /// <summary>Also all cgroups beneath.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    public SwitchParameter Recurse { get; set; }

    /// <summary>The cgroups that these processes are in: processes, process IDs, namespace sets (their holders), or anything with a ProcessId.</summary>
    [Parameter(ParameterSetName = ProcessSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessId", "Id")]
    [ProcessOfObjectTransformation]
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[] Process { get; set; } = [];

    /// <summary>A cgroup, to be looked at again.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public Cgroup InputObject { get; set; } = null!;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case ProcessSet:
                foreach (int process in Process)
                    ForCgroup(process, () => Write(Hierarchies.OfProcess(process)));
                break;
            case InputObjectSet:
                ForCgroup(InputObject, () => WriteOne(CgroupReference.FromCgroup(InputObject)));
                break;
            default:
                foreach (string name in Name.Length == 0 ? ["*"] : Name)
                    ForCgroup(name, () => WriteNamed(name));
                break;
        }
    }

    private void WriteNamed(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            WriteOne(CgroupReference.FromPath(name));
            return;
        }
        CgroupFinder finder = new(Hierarchies);
        foreach (CgroupReference found in finder.Match(name, (pattern, part) => WildcardPattern.Get(pattern, WildcardOptions.None).IsMatch(part)))
        {
            Write([found]);
            if (Recurse)
                Write(finder.Descendants(found, StopToken));
        }
    }

    private void WriteOne(CgroupReference reference)
    {
        using (CgroupHandle handle = Hierarchies.Open(reference))
            WriteObject(handle.Describe());
        if (Recurse)
            Write(new CgroupFinder(Hierarchies).Descendants(reference, StopToken));
    }

    // What goes away between being found and being looked at was not there.
    private void Write(IEnumerable<CgroupReference> references)
    {
        CgroupFinder finder = new(Hierarchies);
        foreach (CgroupReference reference in references)
        {
            if (finder.TryDescribe(reference) is { } cgroup)
                WriteObject(cgroup);
        }
    }
}
