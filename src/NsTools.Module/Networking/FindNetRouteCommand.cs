using System.Management.Automation;
using System.Net;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Find-NetRoute: the route that a packet would take.</summary>
[Cmdlet(VerbsCommon.Find, "NetRoute")]
[OutputType(typeof(NetRoute))]
public sealed class FindNetRouteCommand : NetworkCmdlet
{
    /// <summary>Where the packet goes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("IPAddress")]
    public IPAddress[] RemoteIPAddress { get; set; } = [];

    /// <summary>Its source address.</summary>
    [Parameter]
    public IPAddress? LocalIPAddress { get; set; }

    /// <summary>The link that it must leave by.</summary>
    [Parameter]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    /// <summary>Its firewall mark.</summary>
    [Parameter]
    [ValidateRange(0, uint.MaxValue)]
    public long? Mark { get; set; }

    /// <summary>The network namespaces to look in; the caller's own if none is given.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference?[]? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NamespaceReference? reference in Places(Namespace))
        {
            foreach (IPAddress address in RemoteIPAddress)
            {
                ForItem(address, () =>
                {
                    NetworkNamespace here = Link is null ? Open(reference) : OpenFor(Link, reference);
                    int index = Link is null ? 0 : new LinkService(here).Resolve(Link);
                    WriteObject(new RouteService(here).Find(address, LocalIPAddress, index, Mark));
                });
            }
        }
    }
}
