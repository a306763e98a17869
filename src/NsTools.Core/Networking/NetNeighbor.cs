using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace NsTools;

/// <summary>What the kernel knows of another machine on a link: which hardware address belongs to a network address.</summary>
public sealed record NetNeighbor
{
    /// <summary>Its network address; a link-local one has the link's index as its scope.</summary>
    public required IPAddress IPAddress { get; init; }

    /// <summary>Its hardware address; null where it is not known.</summary>
    public PhysicalAddress? LinkLayerAddress { get; init; }

    /// <summary>State.</summary>
    public NetNeighborState State { get; init; }

    /// <summary>Name of the link.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>Index of the link.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily AddressFamily => IPAddress.AddressFamily;

    /// <summary>True when it says that it is a router.</summary>
    public bool IsRouter { get; init; }

    /// <summary>True when a program has learnt it elsewhere (<c>NTF_EXT_LEARNED</c>): the kernel does not let it age.</summary>
    public bool IsExternallyLearned { get; init; }

    /// <summary>Who made it known.</summary>
    public NetRouteProtocol Protocol { get; init; }

    /// <summary>True when this host answers for it.</summary>
    public bool IsProxy { get; init; }

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => IPAddress.ToString();
}
