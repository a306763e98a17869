using System.Management.Automation;
using NsTools.Cgroups;
using NsTools.Module.Cgroups;
using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Namespaces;

/// <summary>New-Namespace: a named set of namespaces, held by a process of ours; a network namespace alone by its mount.</summary>
[Cmdlet(VerbsCommon.New, "Namespace", SupportsShouldProcess = true)]
[OutputType(typeof(NamespaceSet))]
public sealed class NewNamespaceCommand : NsToolsCmdlet
{
    /// <summary>The set's name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The kinds of namespace to make. -HostName adds Uts, a clock offset adds Time.</summary>
    [Parameter(Position = 1)]
    public NamespaceType[] Type { get; set; } = [];

    /// <summary>The directory to become the root.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Path")]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <summary>The host name inside.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? HostName { get; set; }

    /// <summary>Makes the caller root inside the new user namespace.</summary>
    [Parameter]
    public SwitchParameter MapRootUser { get; set; }

    /// <summary>The cgroup that the holder, and what is run in the set later, starts in.</summary>
    [Parameter]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference? Cgroup { get; set; }

    /// <summary>Which user IDs the new user namespace has, inside:outside:count each.</summary>
    [Parameter]
    public string[] UidMap { get; set; } = [];

    /// <summary>Which group IDs the new user namespace has, inside:outside:count each.</summary>
    [Parameter]
    public string[] GidMap { get; set; } = [];

    /// <summary>What the time since boot inside is ahead of the host's.</summary>
    [Parameter]
    public TimeSpan BootTimeOffset { get; set; }

    /// <summary>What the monotonic clock inside is ahead of the host's.</summary>
    [Parameter]
    public TimeSpan MonotonicOffset { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name, () =>
    {
        NewNamespaceOptions options = new()
        {
            Types = Type,
            Root = Root is null ? null : ToFileSystemPath(Root),
            HostName = HostName,
            Cgroup = Cgroup,
            MapRootUser = MapRootUser,
            UidMaps = UidMap,
            GidMaps = GidMap,
            BootTimeOffset = MyInvocation.BoundParameters.ContainsKey(nameof(BootTimeOffset)) ? BootTimeOffset : null,
            MonotonicOffset = MyInvocation.BoundParameters.ContainsKey(nameof(MonotonicOffset)) ? MonotonicOffset : null,
        };
        if (ShouldProcess(Name, NamespaceMaker.Describe(Name, options)))
            WriteObject(new NamespaceMaker(NamespaceStore.Current).Make(Name, options, StopToken));
    });
}
