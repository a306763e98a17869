using System.Net;

namespace NsTools;

/// <summary>A network whose machines reach others under this one's address (masquerading).</summary>
public sealed record NetNat
{
    /// <summary>Its name, unique in the network namespace.</summary>
    public required string Name { get; init; }

    /// <summary>The network behind it.</summary>
    public required IPNetwork InternalIPInterfaceAddressPrefix { get; init; }

    /// <summary>How many connections out of the network it has translated: the kernel asks its rules at the first packet of each.</summary>
    public long Connections { get; init; }

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
