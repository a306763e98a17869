using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Move-NetLink: moves links to another network namespace.</summary>
[Cmdlet(VerbsCommon.Move, "NetLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class MoveNetLinkCommand : LinkChangeCmdlet
{
    /// <summary>The network namespace to move them to.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Target")]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference Destination { get; set; } = null!;

    /// <summary>The name there.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>Give back the links as they are there.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Change(NetworkNamespace here, NetLink link, bool byWildcard)
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
