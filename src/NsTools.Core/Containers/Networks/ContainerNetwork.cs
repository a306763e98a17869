using System.Collections.ObjectModel;
using System.Net;

namespace NsTools;

/// <summary>A network that containers can be on.</summary>
public sealed record ContainerNetwork
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Who sets it up.</summary>
    public required ContainerNetworkDriver Driver { get; init; }

    /// <summary>Name of the bridge on the host, which is there while a container is on the network; null where a plugin decides that.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>The networks that its addresses are from, with the host's own address on each.</summary>
    public ReadOnlyCollection<ContainerSubnet> Subnets { get; init; } = [];

    /// <summary>True for one from which nothing but its containers and the host can be reached.</summary>
    public bool IsInternal { get; init; }

    /// <summary>MTU of its links in bytes; null for the kernel's.</summary>
    public long? Mtu { get; init; }

    /// <summary>When it was made; null where nobody has written that down.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of the containers and pods that have an address of it now.</summary>
    public ReadOnlyCollection<string> Containers { get; init; } = [];

    /// <summary>The file that says what it is.</summary>
    public string? Path { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Who sets a <see cref="ContainerNetwork"/> up.</summary>
public enum ContainerNetworkDriver
{
    /// <summary>NsTools: a bridge with masquerading.</summary>
    Bridge,

    /// <summary>The plugins of a CNI configuration (<c>containernetworking-plugins</c>).</summary>
    Cni,
}

/// <summary>Where a <see cref="ContainerNetwork"/> has its addresses from.</summary>
/// <param name="Prefix">The network.</param>
/// <param name="Gateway">The host's address in it, which is the containers' way out.</param>
public sealed record ContainerSubnet(IPNetwork Prefix, IPAddress Gateway)
{
    /// <inheritdoc/>
    public override string ToString() => Prefix.ToString();
}
