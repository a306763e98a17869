using System.Collections.ObjectModel;
using System.Net;

namespace NsTools;

/// <summary>A link with its addresses and default gateways.</summary>
public sealed record NetIPConfiguration
{
    /// <summary>Name of the link.</summary>
    public string InterfaceName => Link.Name;

    /// <summary>Index of the link.</summary>
    public int InterfaceIndex => Link.Index;

    /// <summary>The link.</summary>
    public required NetLink Link { get; init; }

    /// <summary>Its IPv4 addresses.</summary>
    public ReadOnlyCollection<NetIPAddress> IPv4Address { get; init; } = [];

    /// <summary>Its IPv6 addresses.</summary>
    public ReadOnlyCollection<NetIPAddress> IPv6Address { get; init; } = [];

    /// <summary>Routers of its IPv4 default routes in the main table, the preferred one first.</summary>
    public ReadOnlyCollection<IPAddress> IPv4DefaultGateway { get; init; } = [];

    /// <summary>Routers of its IPv6 default routes in the main table, the preferred one first.</summary>
    public ReadOnlyCollection<IPAddress> IPv6DefaultGateway { get; init; } = [];

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace => Link.Namespace;

    /// <inheritdoc/>
    public override string ToString() => Link.Name;
}
