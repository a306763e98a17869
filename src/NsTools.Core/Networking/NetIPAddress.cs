using System.Net;
using System.Net.Sockets;

namespace NsTools;

/// <summary>An address of a link.</summary>
public sealed record NetIPAddress
{
    /// <summary>The address; a link-local one has the link's index as its scope.</summary>
    public required IPAddress IPAddress { get; init; }

    /// <summary>Length of its network's prefix, in bits.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>Name of the link.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>Index of the link.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily AddressFamily => IPAddress.AddressFamily;

    /// <summary>The other side's address on a point-to-point link; null elsewhere.</summary>
    public IPAddress? PeerAddress { get; init; }

    /// <summary>IPv4 broadcast address; null for none.</summary>
    public IPAddress? BroadcastAddress { get; init; }

    /// <summary>IPv4 label; null for none.</summary>
    public string? Label { get; init; }

    /// <summary>How far it reaches.</summary>
    public NetAddressScope Scope { get; init; }

    /// <summary>Whether it can be used.</summary>
    public NetAddressState State { get; init; }

    /// <summary>True for an IPv4 address that is not the first of its network on the link.</summary>
    public bool IsSecondary { get; init; }

    /// <summary>True for one that is not limited in time.</summary>
    public bool IsPermanent { get; init; }

    /// <summary>How long it is valid from now; <see cref="TimeSpan.MaxValue"/> for ever.</summary>
    public TimeSpan ValidLifetime { get; init; }

    /// <summary>How long it is preferred from now; <see cref="TimeSpan.MaxValue"/> for ever.</summary>
    public TimeSpan PreferredLifetime { get; init; }

    /// <summary>Metric of the route to its prefix; 0 for the default one.</summary>
    public long RouteMetric { get; init; }

    /// <summary>All flags of the kernel (<c>IFA_F_*</c>).</summary>
    public long Flags { get; init; }

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{IPAddress}/{PrefixLength}";
}
