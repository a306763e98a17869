using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>New-NetRoute: makes routes.</summary>
[Cmdlet(VerbsCommon.New, "NetRoute", SupportsShouldProcess = true)]
[OutputType(typeof(NetRoute))]
public sealed class NewNetRouteCommand : NetworkCmdlet
{
    /// <summary>Destinations: 10.0.0.0/8, 2001:db8::/32, an address, or default.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] DestinationPrefix { get; set; } = [];

    /// <summary>The router.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public IPAddress? NextHop { get; set; }

    /// <summary>The link.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceIndex", "InterfaceName", "InterfaceAlias")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    /// <summary>Several paths: hash tables with NextHop, Link, Weight, OnLink, or the objects in a route's NextHops.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Path { get; set; } = [];

    /// <summary>What it does with a packet.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public NetRouteType Type { get; set; } = NetRouteType.Unicast;

    /// <summary>The table: main, local, default, or a number.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [RouteTableTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public long Table { get; set; } = RouteSpecification.MainTable;

    /// <summary>Metric: of several routes to the same destination, the lowest is taken.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, uint.MaxValue)]
    public long RouteMetric { get; set; }

    /// <summary>Who sets it.</summary>
    [Parameter]
    public NetRouteProtocol? Protocol { get; set; }

    /// <summary>How far the destination is.</summary>
    [Parameter]
    public NetAddressScope? Scope { get; set; }

    /// <summary>The address that packets leave with.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public IPAddress? PreferredSource { get; set; }

    /// <summary>Only packets from this prefix (IPv6).</summary>
    [Parameter]
    public string? SourcePrefix { get; set; }

    /// <summary>Path MTU in bytes.</summary>
    [Parameter]
    [ValidateRange(0, uint.MaxValue)]
    public long Mtu { get; set; }

    /// <summary>Take the router to be on the link even where no address says so.</summary>
    [Parameter]
    public SwitchParameter OnLink { get; set; }

    /// <summary>IPv4 or IPv6, for the destination default.</summary>
    [Parameter]
    [AddressFamilyTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public AddressFamily? AddressFamily { get; set; }

    /// <summary>Take the place of a route to the same destination with the same metric.</summary>
    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <summary>The network namespace.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string destination in DestinationPrefix)
            ForItem(destination, () => Create(destination));
    }

    private void Create(string destination)
    {
        NetworkNamespace here = Link is null ? Open(Namespace) : OpenFor(Link, Namespace);
        List<RoutePath> paths = Path.Length > 0 ? [.. Path.Select(p => ToPath(here, p))]
            : NextHop is null && Link is null ? []
            : [new RoutePath(NextHop, Link is null ? ScopeOf(NextHop) : Resolve(here, Link)) { IsOnLink = OnLink }];
        RouteSpecification route = new(RouteDestination.Parse(destination, AddressFamily ?? paths.FirstOrDefault()?.NextHop?.AddressFamily))
        {
            Type = Type,
            Table = Table,
            Protocol = Protocol,
            Scope = Scope,
            Metric = MyInvocation.BoundParameters.ContainsKey(nameof(RouteMetric)) ? RouteMetric : null,
            Mtu = MyInvocation.BoundParameters.ContainsKey(nameof(Mtu)) ? Mtu : null,
            PreferredSource = PreferredSource,
            Source = SourcePrefix is null ? null : RouteDestination.Parse(SourcePrefix, null),
            Paths = paths,
        };
        if (!ShouldProcess(route.ToString(), Ip(here, Describe(here, route))))
            return;
        RouteService service = new(here);
        service.Add(route, Replace);
        // Several routes may go to the same destination: the one just made is the one that is like it.
        WriteObject(
            service.List(route.Table, route.Family, StopToken).Where(r => r.DestinationPrefix == route.Destination && r.Type == route.Type
                && (route.Metric is null || r.RouteMetric == route.Metric)
                && (paths.Count != 1 || paths[0].InterfaceIndex == 0 || r.InterfaceIndex == paths[0].InterfaceIndex || r.NextHops.Count > 0)).Take(1),
            enumerateCollection: true);
    }

    private static RoutePath ToPath(NetworkNamespace here, object given)
    {
        object value = given is PSObject wrapped ? wrapped.BaseObject : given;
        if (value is NetRouteHop hop)
            return new RoutePath(hop.NextHop, hop.InterfaceIndex) { Weight = hop.Weight, IsOnLink = hop.IsOnLink };
        if (value is not IDictionary table)
            throw Invalid($"A path of type {value.GetType().Name} cannot be used.");
        Dictionary<string, object?> words = table.Cast<DictionaryEntry>().ToDictionary(e => e.Key.ToString() ?? "", e => e.Value, StringComparer.OrdinalIgnoreCase);
        foreach (string word in words.Keys.Except(["NextHop", "Link", "Weight", "OnLink"], StringComparer.OrdinalIgnoreCase))
            throw Invalid($"A path has no '{word}'.");
        IPAddress? router = words.GetValueOrDefault("NextHop")?.ToString() is { } text
            ? IPAddress.TryParse(text, out IPAddress? parsed) ? parsed : throw Invalid($"'{text}' is no IP address.")
            : null;
        LinkReference? link = (LinkReference?)new LinkTransformationAttribute().Transform(null!, words.GetValueOrDefault("Link"));
        int weight = words.TryGetValue("Weight", out object? given2) ? Convert.ToInt32(given2, CultureInfo.InvariantCulture) : 1;
        return new RoutePath(router, link is null ? ScopeOf(router) : Resolve(here, link))
        {
            Weight = weight is >= 1 and <= 256 ? weight : throw Invalid($"The weight {weight} is not between 1 and 256."),
            IsOnLink = words.GetValueOrDefault("OnLink") is true or SwitchParameter { IsPresent: true },
        };
    }

    private static int Resolve(NetworkNamespace here, LinkReference link) => new LinkService(here).Resolve(link);

    private static int ScopeOf(IPAddress? router) => router is { IsIPv6LinkLocal: true } ? (int)router.ScopeId : 0;

    private string Describe(NetworkNamespace here, RouteSpecification route)
    {
        string Hop(RoutePath p) => (p.NextHop is null ? "" : $" via {p.NextHop}") + (p.InterfaceIndex > 0 ? $" dev {here.NameOf(p.InterfaceIndex)}" : "") + (p.IsOnLink ? " onlink" : "");
        string type = route.Type == NetRouteType.Unicast ? "" : route.Type.ToString().ToLowerInvariant() + " ";
        string hops = route.Paths.Count == 1 ? Hop(route.Paths[0]) : string.Concat(route.Paths.Select(p => $" nexthop{Hop(p)} weight {p.Weight}"));
        string table = route.Table == RouteSpecification.MainTable ? "" : $" table {route.Table}";
        string metric = route.Metric is { } value ? $" metric {value}" : "";
        return $"route {(Replace ? "replace" : "add")} {type}{route}{hops}{table}{metric}";
    }

    private static NsToolsException Invalid(string what) => new(
        FailureKind.InvalidArgument, "InvalidPath", what, "Give a hash table such as @{ NextHop = '192.0.2.1'; Link = 'eth0'; Weight = 2 }.");
}
