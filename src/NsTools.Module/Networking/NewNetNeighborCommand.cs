using System.Management.Automation;
using System.Net.NetworkInformation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;
using Address = System.Net.IPAddress;

namespace NsTools.Module.Networking;

/// <summary>New-NetNeighbor: makes a neighbour known, or an address that this host answers for.</summary>
[Cmdlet(VerbsCommon.New, "NetNeighbor", SupportsShouldProcess = true, DefaultParameterSetName = NeighborSet)]
[OutputType(typeof(NetNeighbor))]
public sealed class NewNetNeighborCommand : NetworkCmdlet
{
    private const string NeighborSet = "Neighbor";
    private const string ProxySet = "Proxy";

    /// <summary>Its network address.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public Address IPAddress { get; set; } = null!;

    /// <summary>Its hardware address.</summary>
    [Parameter(ParameterSetName = NeighborSet, Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public PhysicalAddress LinkLayerAddress { get; set; } = null!;

    /// <summary>The link.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipeline = true)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference Link { get; set; } = null!;

    /// <summary>Its state.</summary>
    [Parameter(ParameterSetName = NeighborSet)]
    public NetNeighborState State { get; set; } = NetNeighborState.Permanent;

    /// <summary>It is a router.</summary>
    [Parameter(ParameterSetName = NeighborSet)]
    public SwitchParameter Router { get; set; }

    /// <summary>Answer for this address.</summary>
    [Parameter(ParameterSetName = ProxySet, Mandatory = true)]
    public SwitchParameter Proxy { get; set; }

    /// <summary>Take the place of an entry that is there.</summary>
    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <summary>The network namespace that the link is in, where the object does not say.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(IPAddress, Create);

    private void Create()
    {
        NetworkNamespace here = OpenFor(Link, Namespace);
        int index = new LinkService(here).Resolve(Link);
        string verb = Replace ? "replace" : "add";
        string command = Proxy
            ? $"neighbour {verb} proxy {IPAddress} dev {Link}"
            : $"neighbour {verb} {IPAddress} lladdr {LinkLayerAddress} dev {Link} nud {State.ToString().ToLowerInvariant()}{(Router ? " router" : "")}";
        if (!ShouldProcess(IPAddress.ToString(), Ip(here, command)))
            return;
        NeighborService service = new(here);
        service.Add(index, IPAddress, Proxy ? null : LinkLayerAddress, State, Router, Replace);
        WriteObject(
            service.List(index, IPAddress.AddressFamily, Proxy, StopToken).Where(n => n.IPAddress.GetAddressBytes().AsSpan().SequenceEqual(IPAddress.GetAddressBytes())),
            enumerateCollection: true);
    }
}
