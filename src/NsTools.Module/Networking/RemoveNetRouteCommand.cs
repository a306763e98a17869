using System.Management.Automation;
using System.Net.Sockets;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Remove-NetRoute: removes routes.</summary>
[Cmdlet(VerbsCommon.Remove, "NetRoute", SupportsShouldProcess = true, DefaultParameterSetName = PrefixSet)]
public sealed class RemoveNetRouteCommand : NetworkCmdlet
{
    private const string PrefixSet = "Prefix";
    private const string InputObjectSet = "InputObject";

    /// <summary>Destinations (10.0.0.0/8, default); wildcards.</summary>
    [Parameter(ParameterSetName = PrefixSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] DestinationPrefix { get; set; } = [];

    /// <summary>Only by this link.</summary>
    [Parameter(ParameterSetName = PrefixSet)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    /// <summary>The table: main, local, default, a number, or all.</summary>
    [Parameter(ParameterSetName = PrefixSet)]
    [RouteTableTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public long Table { get; set; } = RouteSpecification.MainTable;

    /// <summary>Only with this metric.</summary>
    [Parameter(ParameterSetName = PrefixSet)]
    [ValidateRange(0, uint.MaxValue)]
    public long? RouteMetric { get; set; }

    /// <summary>Only IPv4 or IPv6.</summary>
    [Parameter(ParameterSetName = PrefixSet)]
    [AddressFamilyTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public AddressFamily? AddressFamily { get; set; }

    /// <summary>The network namespace.</summary>
    [Parameter(ParameterSetName = PrefixSet)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>The routes, as Get-NetRoute gives them.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public NetRoute[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NetRoute route in InputObject)
            ForItem(route, () => RemoveOne(OpenText(route.Namespace), route));
        foreach (string text in DestinationPrefix)
            ForItem(text, () => RemoveMatching(text));
    }

    private void RemoveMatching(string text)
    {
        NetworkNamespace here = Link is null ? Open(Namespace) : OpenFor(Link, Namespace);
        int index = Link is null ? 0 : new LinkService(here).Resolve(Link);
        List<NetRoute> matching = GetNetRouteCommand.Match(
            new RouteService(here).List(Table == RouteTableTransformationAttribute.All ? null : Table, AddressFamily, StopToken)
                .Where(r => (index == 0 || r.InterfaceIndex == index) && (RouteMetric is null || r.RouteMetric == RouteMetric)),
            text);
        if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
            throw GetNetRouteCommand.NotFound(text, here);
        foreach (NetRoute route in matching)
            ForItem(route, () => RemoveOne(here, route));
    }

    private void RemoveOne(NetworkNamespace here, NetRoute route)
    {
        string table = route.Table == RouteSpecification.MainTable ? "" : $" table {route.Table}";
        string metric = route.RouteMetric == 0 ? "" : $" metric {route.RouteMetric}";
        string hop = (route.NextHop is null ? "" : $" via {route.NextHop}") + (route.InterfaceName is null ? "" : $" dev {route.InterfaceName}");
        if (ShouldProcess(route.ToString(), Ip(here, $"route del {route}{hop}{table}{metric}")))
            new RouteService(here).Remove(RouteSpecification.From(route));
    }
}
