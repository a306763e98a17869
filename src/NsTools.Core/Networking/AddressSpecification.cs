using System.Net;

namespace NsTools.Networking;

/// <summary>An address to be given to a link, or taken from it.</summary>
/// <param name="IPAddress">The address.</param>
/// <param name="PrefixLength">Length of its network's prefix, in bits.</param>
public sealed record AddressSpecification(IPAddress IPAddress, int PrefixLength)
{
    /// <summary>The other side's address on a point-to-point link; null for none.</summary>
    public IPAddress? PeerAddress { get; init; }

    /// <summary>IPv4 broadcast address; null for none.</summary>
    public IPAddress? BroadcastAddress { get; init; }

    /// <summary>IPv4 label; null for the link's name.</summary>
    public string? Label { get; init; }

    /// <summary>How far it reaches; null for what follows from the address.</summary>
    public NetAddressScope? Scope { get; init; }

    /// <summary>How long it is valid; null for ever.</summary>
    public TimeSpan? ValidLifetime { get; init; }

    /// <summary>How long it is preferred; null for as long as it is valid.</summary>
    public TimeSpan? PreferredLifetime { get; init; }

    /// <summary>Metric of the route to its prefix; null for the kernel's.</summary>
    public long? RouteMetric { get; init; }

    /// <summary>IPv6: use it at once, without looking for duplicates.</summary>
    public bool NoDuplicateDetection { get; init; }

    /// <summary>Make no route to its prefix.</summary>
    public bool NoPrefixRoute { get; init; }

    /// <summary>Parses <c>192.0.2.1/24</c>, or an address alone, which then gets the length given or its full one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prefixLength">The length, where the text has none.</param>
    /// <exception cref="NsToolsException">It is no address (<c>InvalidAddress</c>), or the length is out of range (<c>PrefixLengthOutOfRange</c>).</exception>
    public static AddressSpecification Parse(string text, int? prefixLength = null)
    {
        (IPAddress address, int length) = PrefixText.Parse(text, prefixLength);
        return new AddressSpecification(address, length);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{IPAddress}/{PrefixLength}";
}
