using System.Net;

namespace NsTools;

/// <summary>A published port: what comes to it goes to a machine behind a <see cref="NetNat"/>.</summary>
public sealed record NetNatStaticMapping
{
    /// <summary>Its number, unique in the network namespace.</summary>
    public required int StaticMappingID { get; init; }

    /// <summary>Name of the <see cref="NetNat"/> that the machine is behind.</summary>
    public required string NatName { get; init; }

    /// <summary>Protocol.</summary>
    public required NetNatProtocol Protocol { get; init; }

    /// <summary>The address that it is published on; all zero for every address of this machine.</summary>
    public required IPAddress ExternalIPAddress { get; init; }

    /// <summary>The port that it is published on.</summary>
    public required int ExternalPort { get; init; }

    /// <summary>Address of the machine behind.</summary>
    public required IPAddress InternalIPAddress { get; init; }

    /// <summary>Port on the machine behind.</summary>
    public required int InternalPort { get; init; }

    /// <summary>How many connections it has led there.</summary>
    public long Connections { get; init; }

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>Where it is published.</summary>
    public IPEndPoint ExternalEndPoint => new(ExternalIPAddress, ExternalPort);

    /// <summary>Where it leads.</summary>
    public IPEndPoint InternalEndPoint => new(InternalIPAddress, InternalPort);

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol} {ExternalEndPoint} > {InternalEndPoint}";
}
