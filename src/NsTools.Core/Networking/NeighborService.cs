using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>Reads the neighbours of a network namespace, and changes them.</summary>
/// <param name="networkNamespace">The namespace.</param>
public sealed class NeighborService(NetworkNamespace networkNamespace)
{
    // NTF_* (include/uapi/linux/neighbour.h).
    private const byte Proxy = 0x08;
    private const byte ExternallyLearned = 0x10;
    private const byte Router = 0x80;

    /// <summary>The neighbours. Equivalent to <c>ip neighbour show nud all</c>, or <c>… show proxy</c>.</summary>
    /// <param name="interfaceIndex">Only on this link; 0 for all.</param>
    /// <param name="family">Only of this family; null for IPv4 and IPv6.</param>
    /// <param name="proxies">Those that this host answers for, instead.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SyscallException">The kernel did not answer.</exception>
    public IReadOnlyList<NetNeighbor> List(int interfaceIndex = 0, AddressFamily? family = null, bool proxies = false, CancellationToken cancellationToken = default)
    {
        NetlinkRequest request = new NetlinkRequest(RouteOperation.GetNeighbor, NetlinkFlags.None, "neighbours")
            .Header(new NeighborHeader { Family = NetlinkValue.ToFamily(family), Flags = proxies ? Proxy : (byte)0 });
        networkNamespace.ReadLinkNames();
        return networkNamespace.Connection.Dump(
            request,
            (in NetlinkMessage message) => interfaceIndex == 0 || message.Header<NeighborHeader>().Index == interfaceIndex
                ? Decode(message, networkNamespace)
                : null,
            cancellationToken);
    }

    /// <summary>Makes a neighbour known. Equivalent to <c>ip neighbour add ADDRESS lladdr ADDRESS dev LINK nud STATE</c>.</summary>
    /// <param name="interfaceIndex">The link.</param>
    /// <param name="address">Its network address.</param>
    /// <param name="linkLayerAddress">Its hardware address; null for a proxy entry.</param>
    /// <param name="state">Its state.</param>
    /// <param name="isRouter">It is a router.</param>
    /// <param name="replace">Take the place of an entry that is there.</param>
    /// <exception cref="SyscallException"><c>EEXIST</c>: there is an entry. <c>ENODEV</c>: there is no such link.</exception>
    public void Add(int interfaceIndex, IPAddress address, PhysicalAddress? linkLayerAddress, NetNeighborState state, bool isRouter, bool replace)
    {
        NetlinkRequest request = Begin(
            RouteOperation.NewNeighbor,
            NetlinkFlags.Create | (replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive),
            interfaceIndex,
            address,
            (ushort)(linkLayerAddress is null ? 0 : state),
            (byte)((linkLayerAddress is null ? Proxy : 0) | (isRouter ? Router : 0)));
        if (linkLayerAddress is not null)
            request.Add(NeighborAttribute.LinkLayerAddress, linkLayerAddress.GetAddressBytes());
        networkNamespace.Connection.Execute(request);
    }

    /// <summary>Removes what is known of a neighbour. Equivalent to <c>ip neighbour del [proxy] ADDRESS dev LINK</c>.</summary>
    /// <param name="interfaceIndex">The link.</param>
    /// <param name="address">Its network address.</param>
    /// <param name="isProxy">It is one that this host answers for.</param>
    /// <exception cref="SyscallException"><c>ENOENT</c>: there is no such entry. <c>ENODEV</c>: there is no such link.</exception>
    public void Remove(int interfaceIndex, IPAddress address, bool isProxy) => networkNamespace.Connection.Execute(
        Begin(RouteOperation.DeleteNeighbor, NetlinkFlags.None, interfaceIndex, address, 0, isProxy ? Proxy : (byte)0));

    /// <summary>The neighbour that a message tells of; null for what is no IP neighbour (a bridge's forwarding entry).</summary>
    internal static NetNeighbor? Decode(in NetlinkMessage message, NetworkNamespace networkNamespace)
    {
        NeighborHeader header = message.Header<NeighborHeader>();
        if (header.Family != AF_INET && header.Family != AF_INET6)
            return null;
        IPAddress? address = null;
        PhysicalAddress? linkLayerAddress = null;
        NetRouteProtocol protocol = NetRouteProtocol.Unspecified;
        foreach (NetlinkAttribute attribute in message.Attributes<NeighborHeader>())
        {
            if (attribute.Type == NeighborAttribute.Destination)
                address = NetlinkValue.ToIPAddress(attribute.Value, header.Index);
            else if (attribute.Type == NeighborAttribute.LinkLayerAddress)
                linkLayerAddress = NetlinkValue.ToPhysicalAddress(attribute.Value);
            else if (attribute.Type == NeighborAttribute.Protocol)
                protocol = (NetRouteProtocol)attribute.ToByte();
        }
        return address is null ? null : new NetNeighbor
        {
            IPAddress = address,
            LinkLayerAddress = linkLayerAddress,
            State = (NetNeighborState)header.State,
            InterfaceIndex = header.Index,
            InterfaceName = networkNamespace.NameOf(header.Index),
            IsRouter = (header.Flags & Router) != 0,
            IsExternallyLearned = (header.Flags & ExternallyLearned) != 0,
            IsProxy = (header.Flags & Proxy) != 0,
            Protocol = protocol,
            Namespace = networkNamespace.Name,
        };
    }

    private NetlinkRequest Begin(NetlinkOperation operation, NetlinkFlags flags, int interfaceIndex, IPAddress address, ushort state, byte entryFlags) =>
        new NetlinkRequest(operation, flags, $"{address} on {networkNamespace.NameOf(interfaceIndex)}")
            .Header(new NeighborHeader
            {
                Family = NetlinkValue.ToFamily(address.AddressFamily),
                Index = interfaceIndex,
                State = state,
                Flags = entryFlags,
            })
            .Add(NeighborAttribute.Destination, address.GetAddressBytes());
}
