using System.Net.NetworkInformation;

namespace NsTools.Networking;

/// <summary>A link to be made.</summary>
public sealed record LinkSpecification
{
    /// <summary>Its name, at most 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>The kernel's name for its kind; <c>tap</c> for a tun link of Ethernet frames.</summary>
    public required string Kind { get; init; }

    /// <summary>The kind's own settings, by name.</summary>
    public IReadOnlyDictionary<string, object> Options { get; init; } = new Dictionary<string, object>();

    /// <summary>Index of the link that it is on top of; 0 for none.</summary>
    public int ParentIndex { get; init; }

    /// <summary>Index of the bridge or other master to put it on; 0 for none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>True to switch it on; of a pair only this end.</summary>
    public bool IsUp { get; init; }

    /// <summary>MTU in bytes; null for the kind's default.</summary>
    public long? Mtu { get; init; }

    /// <summary>Hardware address; null for one that the kernel makes up.</summary>
    public PhysicalAddress? HardwareAddress { get; init; }

    /// <summary>Number of its group; 0 is the default group.</summary>
    public long Group { get; init; }

    /// <summary>Description; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>For a pair, the other end; its namespace may be another one.</summary>
    public LinkPeer? Peer { get; init; }
}

/// <summary>The other end of a pair to be made.</summary>
/// <param name="Name">Its name, at most 15 bytes.</param>
/// <param name="Namespace">Where it goes; null for where the first end is.</param>
public sealed record LinkPeer(string Name, NetworkNamespace? Namespace)
{
    /// <summary>Hardware address; null for one that the kernel makes up.</summary>
    public PhysicalAddress? HardwareAddress { get; init; }
}
