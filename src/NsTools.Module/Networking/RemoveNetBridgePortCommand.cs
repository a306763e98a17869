using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Remove-NetBridgePort: unplugs links from their bridge; the links stay.</summary>
[Cmdlet(VerbsCommon.Remove, "NetBridgePort", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class RemoveNetBridgePortCommand : NetworkCmdlet
{
    /// <summary>The links: ports, links, names with wildcards, indexes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Name", "InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference[] Link { get; set; } = [];

    /// <summary>The network namespace that they are in, where the objects do not say.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>Give back the links.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The error for a link that is plugged into no bridge.</summary>
    internal static NsToolsException NoPort(string name, NetworkNamespace here) => new(
        FailureKind.NotFound, "NotABridgePort", $"'{name}' is the port of no bridge in {here.Description}.", "Get-NetBridgePort shows those that are.");

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (LinkReference reference in Link)
        {
            ForItem(reference, () =>
            {
                NetworkNamespace here = OpenFor(reference, Namespace);
                bool byWildcard = reference.Name is { } name && reference.Index == 0 && WildcardPattern.ContainsWildcardCharacters(name);
                foreach (NetLink link in Find(here, reference))
                {
                    if (BridgePortService.IsPort(link))
                        ForItem(link, () => RemoveOne(here, link));
                    else if (!byWildcard)
                        throw NoPort(link.Name, here);
                }
            });
        }
    }

    private void RemoveOne(NetworkNamespace here, NetLink link)
    {
        if (!ShouldProcess(link.Name, Ip(here, $"link set dev {link.Name} nomaster")))
            return;
        LinkService service = new(here);
        service.Change(link, new LinkChange { MasterIndex = 0 });
        if (PassThru)
            WriteObject(service.Get(new LinkReference { Index = link.Index }));
    }
}
