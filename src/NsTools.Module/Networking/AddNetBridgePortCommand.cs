using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Add-NetBridgePort: plugs links into a bridge; of a link that is plugged in already it changes the settings.</summary>
[Cmdlet(VerbsCommon.Add, "NetBridgePort", SupportsShouldProcess = true)]
[OutputType(typeof(NetBridgePort))]
public sealed class AddNetBridgePortCommand : NetworkCmdlet
{
    // These parameters are the port's settings of the same name.
    private static readonly string[] s_settings =
    [
        nameof(Priority), nameof(Cost), nameof(Hairpin), nameof(Guard), nameof(RootBlock), nameof(FastLeave), nameof(Learning),
        nameof(Flood), nameof(MulticastFlood), nameof(BroadcastFlood), nameof(NeighborSuppression), nameof(Isolated), nameof(Locked),
    ];

    /// <summary>The bridge.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Master")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference Bridge { get; set; } = null!;

    /// <summary>The links: objects, names with wildcards, indexes.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
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

    /// <summary>Spanning tree priority of the port.</summary>
    [Parameter]
    [ValidateRange(0, 63)]
    public int Priority { get; set; }

    /// <summary>Spanning tree cost of the port.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int Cost { get; set; }

    /// <summary>Whether a packet may leave by the port that it came in by.</summary>
    [Parameter]
    public bool Hairpin { get; set; }

    /// <summary>Whether the port is shut at a spanning tree packet.</summary>
    [Parameter]
    public bool Guard { get; set; }

    /// <summary>Whether the port may not become the root port.</summary>
    [Parameter]
    public bool RootBlock { get; set; }

    /// <summary>Whether a multicast leave takes effect at once.</summary>
    [Parameter]
    public bool FastLeave { get; set; }

    /// <summary>Whether source addresses are learnt.</summary>
    [Parameter]
    public bool Learning { get; set; }

    /// <summary>Whether packets to unknown addresses go out there.</summary>
    [Parameter]
    public bool Flood { get; set; }

    /// <summary>Whether multicast goes out there where nobody is known to want it.</summary>
    [Parameter]
    public bool MulticastFlood { get; set; }

    /// <summary>Whether broadcasts go out there.</summary>
    [Parameter]
    public bool BroadcastFlood { get; set; }

    /// <summary>Whether the bridge answers ARP and neighbour solicitations itself.</summary>
    [Parameter]
    public bool NeighborSuppression { get; set; }

    /// <summary>Whether it may speak only to ports that are not isolated.</summary>
    [Parameter]
    public bool Isolated { get; set; }

    /// <summary>Whether only known source addresses may come in.</summary>
    [Parameter]
    public bool Locked { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (LinkReference reference in Link)
        {
            ForItem(reference, () =>
            {
                NetworkNamespace here = OpenFor(reference, Namespace);
                int bridge = new LinkService(here).Resolve(Bridge);
                foreach (NetLink link in Find(here, reference))
                    ForItem(link, () => Add(here, bridge, link));
            });
        }
    }

    private void Add(NetworkNamespace here, int bridge, NetLink link)
    {
        Dictionary<string, object> settings = s_settings.Where(MyInvocation.BoundParameters.ContainsKey).ToDictionary(s => s, s => MyInvocation.BoundParameters[s]);
        string words = settings.Count == 0 ? "" : "; bridge link set dev " + link.Name + string.Concat(settings.Select(s => $" {s.Key.ToLowerInvariant()} {s.Value}"));
        if (!ShouldProcess(link.Name, Ip(here, $"link set dev {link.Name} master {Bridge}{words}")))
            return;
        LinkService service = new(here);
        if (link.MasterIndex != bridge)
            service.Change(link, new LinkChange { MasterIndex = bridge });
        try
        {
            if (settings.Count > 0)
                service.Change(link, new LinkChange { PortOptions = settings });
        }
        catch when (link.MasterIndex != bridge)
        {
            service.Change(link, new LinkChange { MasterIndex = link.MasterIndex });
            throw;
        }
        NetLink now = service.Get(new LinkReference { Index = link.Index });
        WriteObject(BridgePortService.IsPort(now) ? BridgePortService.FromLink(now) : throw NotABridge(now));
    }

    private static NsToolsException NotABridge(NetLink link) => new(
        FailureKind.InvalidArgument, "NotABridge", $"'{link.Master}' took '{link.Name}' as its port, but it is no bridge.", "Set-NetLink -Master is for other masters.");
}
