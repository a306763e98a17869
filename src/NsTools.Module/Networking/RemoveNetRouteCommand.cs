using System.Management.Automation;
using System.Net.Sockets;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Remove-NetRoute: removes routes.</summary>
[Cmdlet(VerbsCommon.Remove, "NetRoute", SupportsShouldProcess = true, DefaultParameterSetName = TextSet)]
public sealed class RemoveNetRouteCommand : LinkContentRemovalCmdlet<NetRoute>
{
    /// <summary>Destinations (10.0.0.0/8, default); wildcards.</summary>
    [Parameter(ParameterSetName = TextSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] DestinationPrefix { get; set; } = [];

    /// <summary>Only by this link.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [Alias("InterfaceName", "InterfaceAlias", "InterfaceIndex")]
    [LinkTransformation]
    [ArgumentCompleter(typeof(LinkNameCompleter))]
    public LinkReference? Link { get; set; }

    /// <summary>The table: main, local, default, a number, or all.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [RouteTableTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public long Table { get; set; } = RouteSpecification.MainTable;

    /// <summary>Only with this metric.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [ValidateRange(0, uint.MaxValue)]
    public long? RouteMetric { get; set; }

    /// <summary>Only IPv4 or IPv6.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [AddressFamilyTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public AddressFamily? AddressFamily { get; set; }

    private protected override string[] Wanted => DestinationPrefix;

    private protected override LinkReference? OnlyLink => Link;

    private protected override IEnumerable<NetRoute> Read(NetworkNamespace here, int interfaceIndex, bool byWildcard) =>
        new RouteService(here).List(Table == RouteTableTransformationAttribute.All ? null : Table, AddressFamily, StopToken)
            .Where(r => (interfaceIndex == 0 || r.InterfaceIndex == interfaceIndex) && (RouteMetric is null || r.RouteMetric == RouteMetric));

    private protected override string? NamespaceOf(NetRoute item) => item.Namespace;

    private protected override bool Matches(NetRoute item, WildcardPattern pattern) => GetNetRouteCommand.IsMeant(item, pattern);

    private protected override NsToolsException NotFound(string text, NetworkNamespace here) => GetNetRouteCommand.Missing(text, here);

    private protected override void RemoveOne(NetworkNamespace here, NetRoute item)
    {
        string table = item.Table == RouteSpecification.MainTable ? "" : $" table {item.Table}";
        string metric = item.RouteMetric == 0 ? "" : $" metric {item.RouteMetric}";
        string hop = (item.NextHop is null ? "" : $" via {item.NextHop}") + (item.InterfaceName is null ? "" : $" dev {item.InterfaceName}");
        if (ShouldProcess(item.ToString(), Ip(here, $"route del {item}{hop}{table}{metric}")))
            new RouteService(here).Remove(RouteSpecification.From(item));
    }
}
