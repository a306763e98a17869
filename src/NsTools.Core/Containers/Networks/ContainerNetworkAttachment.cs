using System.Collections.ObjectModel;
using System.Net;
using System.Net.NetworkInformation;

namespace NsTools;

/// <summary>A container's place on a <see cref="ContainerNetwork"/>.</summary>
public sealed record ContainerNetworkAttachment
{
    /// <summary>Name of the network.</summary>
    public required string Network { get; init; }

    /// <summary>Name of the link inside; null while the container does not run.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>Its addresses there; while it does not run, those that were asked for.</summary>
    public ReadOnlyCollection<IPAddress> IPAddresses { get; init; } = [];

    /// <summary>Hardware address of the link inside; null while it does not run.</summary>
    public PhysicalAddress? HardwareAddress { get; init; }

    /// <summary>Names, beside the container's, under which others on the network find it.</summary>
    public ReadOnlyCollection<string> Aliases { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => IPAddresses.Count == 0 ? Network : $"{Network}: {string.Join(", ", IPAddresses)}";
}
