using System.Net;
using System.Net.Sockets;

namespace NsTools.Networking;

/// <summary>A route to be made or removed.</summary>
/// <param name="Destination">Where it goes to.</param>
public sealed record RouteSpecification(IPNetwork Destination)
{
    /// <summary>What it does; <see cref="NetRouteType.Unspecified"/> when removing means any.</summary>
    public NetRouteType Type { get; init; } = NetRouteType.Unicast;

    /// <summary>Table.</summary>
    public long Table { get; init; } = MainTable;

    /// <summary>Who sets it; null for <see cref="NetRouteProtocol.Boot"/>, and when removing for any.</summary>
    public NetRouteProtocol? Protocol { get; init; }

    /// <summary>How far its destination is; null for what follows from the rest.</summary>
    public NetAddressScope? Scope { get; init; }

    /// <summary>Metric; null for the kernel's.</summary>
    public long? Metric { get; init; }

    /// <summary>The paths; empty for a route that needs none, such as a blackhole.</summary>
    public IReadOnlyList<RoutePath> Paths { get; init; } = [];

    /// <summary>The address that packets leave with; null for what the kernel chooses.</summary>
    public IPAddress? PreferredSource { get; init; }

    /// <summary>Only packets from there (IPv6); null for packets from anywhere.</summary>
    public IPNetwork? Source { get; init; }

    /// <summary>Only packets of this type of service (IPv4); 0 for any.</summary>
    public int TypeOfService { get; init; }

    /// <summary>Path MTU in bytes; null for the link's.</summary>
    public long? Mtu { get; init; }

    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily Family => Destination.BaseAddress.AddressFamily;

    /// <summary>Number of the table <c>main</c>.</summary>
    public const long MainTable = 254;

    /// <summary>What removes this very route.</summary>
    /// <param name="route">The route.</param>
    public static RouteSpecification From(NetRoute route) => new(route.DestinationPrefix)
    {
        Type = route.Type,
        Table = route.Table,
        Protocol = route.Protocol,
        Scope = route.Scope,
        Metric = route.RouteMetric == 0 ? null : route.RouteMetric,
        PreferredSource = route.PreferredSource,
        TypeOfService = route.TypeOfService,
        Source = route.SourcePrefix,
        Paths = route.NextHops.Count > 0
            ? [.. route.NextHops.Select(h => new RoutePath(h.NextHop, h.InterfaceIndex) { Weight = h.Weight, IsOnLink = h.IsOnLink })]
            : route.InterfaceIndex > 0 || route.NextHop is not null
                ? [new RoutePath(route.NextHop, route.InterfaceIndex) { IsOnLink = route.IsOnLink }]
                : [],
    };

    /// <inheritdoc/>
    public override string ToString() => Destination.PrefixLength == 0 ? "default" : Destination.ToString();
}

/// <summary>One path of a route to be made.</summary>
/// <param name="NextHop">The router; null where the destination is on the link.</param>
/// <param name="InterfaceIndex">The link; 0 for the one that leads to the router.</param>
public sealed record RoutePath(IPAddress? NextHop, int InterfaceIndex)
{
    /// <summary>Share of the traffic, relative to the other paths' weights; 1 to 256.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Take the router to be on the link even where no address says so.</summary>
    public bool IsOnLink { get; init; }
}
