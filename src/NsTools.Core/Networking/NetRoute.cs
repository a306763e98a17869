using System.Collections.ObjectModel;
using System.Net;
using System.Net.Sockets;

namespace NsTools;

/// <summary>A route.</summary>
public sealed record NetRoute
{
    private static readonly Dictionary<NetRouteMetric, long> s_noMetrics = [];

    /// <summary>Where it goes to; of length 0 for the default route.</summary>
    public required IPNetwork DestinationPrefix { get; init; }

    /// <summary>Only packets from there; null for packets from anywhere.</summary>
    public IPNetwork? SourcePrefix { get; init; }

    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily AddressFamily => DestinationPrefix.BaseAddress.AddressFamily;

    /// <summary>True for the default route.</summary>
    public bool IsDefault => DestinationPrefix.PrefixLength == 0;

    /// <summary>What it does with a packet.</summary>
    public NetRouteType Type { get; init; } = NetRouteType.Unicast;

    /// <summary>The router of its only path; null where the destination is on the link, and with several paths.</summary>
    public IPAddress? NextHop { get; init; }

    /// <summary>Name of its only path's link; null for none, and with several paths.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>Index of its only path's link; 0 for none, and with several paths.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>The paths, when it has several; otherwise empty.</summary>
    public ReadOnlyCollection<NetRouteHop> NextHops { get; init; } = [];

    /// <summary>Metric: of several routes to the same destination, the lowest is taken.</summary>
    public long RouteMetric { get; init; }

    /// <summary>Table: 254 is <c>main</c>, 255 <c>local</c>, 253 <c>default</c>.</summary>
    public long Table { get; init; }

    /// <summary>Who set it.</summary>
    public NetRouteProtocol Protocol { get; init; }

    /// <summary>How far its destination is.</summary>
    public NetAddressScope Scope { get; init; }

    /// <summary>The address that packets leave with; null where the kernel chooses.</summary>
    public IPAddress? PreferredSource { get; init; }

    /// <summary>Path MTU that it sets, in bytes; null for the link's.</summary>
    public long? Mtu { get; init; }

    /// <summary>What it sets for its traffic, the path MTU among it; empty for nothing.</summary>
    public IReadOnlyDictionary<NetRouteMetric, long> Metrics { get; init; } = s_noMetrics;

    /// <summary>Only packets of this type of service (IPv4); 0 for any.</summary>
    public int TypeOfService { get; init; }

    /// <summary>Realms for accounting: from in the upper 16 bits, to in the lower; 0 for none.</summary>
    public long Realms { get; init; }

    /// <summary>How its router is preferred (IPv6); null for IPv4.</summary>
    public NetRouterPreference? Preference { get; init; }

    /// <summary>How long it still is there; null for ever.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>True when the router is taken to be on the link even where no address says so.</summary>
    public bool IsOnLink { get; init; }

    /// <summary>Number of the next hop object that it uses (<c>ip nexthop</c>); 0 for none.</summary>
    public long NextHopId { get; init; }

    /// <summary>All flags of the kernel (<c>RTM_F_*</c>, <c>RTNH_F_*</c>).</summary>
    public long Flags { get; init; }

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? "default" : DestinationPrefix.ToString();
}
