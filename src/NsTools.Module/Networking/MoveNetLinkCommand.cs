using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Move-NetLink: moves links to another network namespace.</summary>
[Cmdlet(VerbsCommon.Move, "NetLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class MoveNetLinkCommand : NetworkCmdlet
{
    /// <summary>The links: objects, names with wildcards, indexes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Name", "InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference[] Link { get; set; } = [];

    /// <summary>The network namespace to move them to.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Target")]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference Destination { get; set; } = null!;

    /// <summary>The network namespace that they are in, where the objects do not say.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>The name there.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>Give back the links as they are there.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (LinkReference reference in Link)
        {
            ForItem(reference, () =>
            {
                NetworkNamespace here = OpenFor(reference, Namespace);
                foreach (NetLink link in Find(here, reference, fresh: false))
                    ForItem(link, () => MoveOne(here, link));
            });
        }
    }

    private void MoveOne(NetworkNamespace here, NetLink link)
    {
        NetworkNamespace there = Open(Destination);
        string name = NewName is null ? "" : $" name {NewName}";
        if (!ShouldProcess(link.Name, Ip(here, $"link set dev {link.Name} netns {Destination}{name}")))
            return;
        NetLink moved = new LinkService(here).Move(link, there, NewName);
        if (PassThru)
            WriteObject(moved);
    }
}
