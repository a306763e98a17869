using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Get-NetRoute: the routes of network namespaces; those of the table main where no table is named.</summary>
[Cmdlet(VerbsCommon.Get, "NetRoute")]
[OutputType(typeof(NetRoute))]
public sealed class GetNetRouteCommand : LinkContentQueryCmdlet<NetRoute>
{
    /// <summary>Destinations (10.0.0.0/8, default); wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] DestinationPrefix { get; set; } = [];

    /// <summary>The table: main, local, default, a number, or all.</summary>
    [Parameter]
    [RouteTableTransformation]
    [ArgumentCompleter(typeof(NetworkWordCompleter))]
    public long Table { get; set; } = RouteSpecification.MainTable;

    /// <summary>Only routes of these types.</summary>
    [Parameter]
    public NetRouteType[] Type { get; set; } = [];

    /// <summary>Only routes that this one set.</summary>
    [Parameter]
    public NetRouteProtocol? Protocol { get; set; }

    private protected override string[] Wanted => DestinationPrefix;

    private protected override IEnumerable<NetRoute> Read(NetworkNamespace here, IReadOnlySet<int>? links) =>
        new RouteService(here)
            .List(Table == RouteTableTransformationAttribute.All ? null : Table, AddressFamily, StopToken)
            .Where(r => (links is null || links.Contains(r.InterfaceIndex) || r.NextHops.Any(h => links.Contains(h.InterfaceIndex)))
                && (Type.Length == 0 || Type.Contains(r.Type))
                && (Protocol is null || r.Protocol == Protocol));

    private protected override bool Matches(NetRoute item, WildcardPattern pattern) => IsMeant(item, pattern);

    private protected override NsToolsException NotFound(string text, NetworkNamespace here) => Missing(text, here);

    /// <summary>True for a route to what a text means: a prefix, one address, or <c>default</c>.</summary>
    internal static bool IsMeant(NetRoute route, WildcardPattern pattern) =>
        pattern.IsMatch(route.DestinationPrefix.ToString())
        || (route.IsDefault && pattern.IsMatch("default"))
        || (route.DestinationPrefix.PrefixLength == route.DestinationPrefix.BaseAddress.GetAddressBytes().Length * 8
            && pattern.IsMatch(route.DestinationPrefix.BaseAddress.ToString()));

    /// <summary>The error for a route that there is not.</summary>
    internal static NsToolsException Missing(string text, NetworkNamespace here) => new(
        FailureKind.NotFound, "RouteNotFound", $"There is no route to '{text}' in {here.Description}.", "Get-NetRoute shows those that there are (-Table all for all tables); Find-NetRoute tells which one a packet would take.");
}
