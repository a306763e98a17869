using System.Net;

namespace NsTools;

/// <summary>One path of a route.</summary>
public sealed record NetRouteHop
{
    /// <summary>The router; null where the destination is on the link.</summary>
    public IPAddress? NextHop { get; init; }

    /// <summary>Name of the link; null for none.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>Index of the link; 0 for none.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>Share of the traffic, relative to the other paths' weights; 1 to 256.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>True when the router is taken to be on the link even where no address says so.</summary>
    public bool IsOnLink { get; init; }

    /// <summary>All flags of the kernel (<c>RTNH_F_*</c>).</summary>
    public long Flags { get; init; }

    /// <inheritdoc/>
    public override string ToString() => NextHop is null ? $"dev {InterfaceName}" : $"via {NextHop} dev {InterfaceName}";
}
