using System.Net.NetworkInformation;

namespace NsTools.Networking;

/// <summary>A virtual cable to be made.</summary>
/// <param name="Name">Name of the first end.</param>
/// <param name="PeerName">Name of the other end.</param>
public sealed record VethSpecification(string Name, string PeerName)
{
    /// <summary>Index of the bridge that the first end is plugged into; 0 for none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>Addresses of the first end.</summary>
    public IReadOnlyList<AddressSpecification> Addresses { get; init; } = [];

    /// <summary>Addresses of the other end.</summary>
    public IReadOnlyList<AddressSpecification> PeerAddresses { get; init; } = [];

    /// <summary>Hardware address of the first end; null for one that the kernel makes up.</summary>
    public PhysicalAddress? HardwareAddress { get; init; }

    /// <summary>Hardware address of the other end; null for one that the kernel makes up.</summary>
    public PhysicalAddress? PeerHardwareAddress { get; init; }

    /// <summary>MTU of both ends in bytes; null for the default.</summary>
    public long? Mtu { get; init; }

    /// <summary>True to switch both ends on.</summary>
    public bool IsUp { get; init; }
}
