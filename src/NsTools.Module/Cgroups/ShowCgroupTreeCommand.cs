using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Show-CgroupTree: the tree of cgroups with their processes, as systemd-cgls draws it.</summary>
[Cmdlet(VerbsCommon.Show, "CgroupTree")]
[OutputType(typeof(string), typeof(CgroupTreeNode))]
public sealed class ShowCgroupTreeCommand : CgroupCmdlet
{
    /// <summary>Where to begin: a path, or what Get-Cgroup returns. Without it, the root.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference[] Cgroup { get; set; } = [new CgroupReference("/")];

    /// <summary>Also cgroups without a process in them or beneath.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>Returns the tree as objects instead of text.</summary>
    [Parameter]
    public SwitchParameter AsObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachCgroup(Cgroup, handle =>
    {
        if (new CgroupTree(Hierarchies).Read(new CgroupReference(handle.Path), All, StopToken) is not { } tree)
            return;
        if (AsObject)
            WriteObject(tree);
        else
            WriteObject(CgroupTree.Draw(tree), enumerateCollection: true);
    });
}
