using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;

namespace NsTools.Networking;

/// <summary>Reads the addresses of a network namespace, and changes them.</summary>
/// <param name="networkNamespace">The namespace.</param>
public sealed class AddressService(NetworkNamespace networkNamespace)
{
    // IFA_F_* (include/uapi/linux/if_addr.h).
    private const uint NoDuplicateDetection = 0x2;
    private const uint NoPrefixRoute = 0x200;

    /// <summary>The addresses. Equivalent to <c>ip -d address show [dev LINK]</c>.</summary>
    /// <param name="interfaceIndex">Only of this link; 0 for all.</param>
    /// <param name="family">Only of this family; null for IPv4 and IPv6.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SyscallException">The kernel did not answer.</exception>
    public IReadOnlyList<NetIPAddress> List(int interfaceIndex = 0, AddressFamily? family = null, CancellationToken cancellationToken = default)
    {
        NetlinkRequest request = new NetlinkRequest(RouteOperation.GetAddress, NetlinkFlags.None, "addresses")
            .Header(new AddressHeader { Family = NetlinkValue.ToFamily(family) });
        // Filtered here: kernels before 4.20 would ignore a filter in the request.
        networkNamespace.ReadLinkNames();
        return networkNamespace.Connection.Dump(
            request,
            (in NetlinkMessage message) => interfaceIndex == 0 || message.Header<AddressHeader>().Index == interfaceIndex
                ? AddressDecoder.Decode(message, networkNamespace)
                : null,
            cancellationToken);
    }

    /// <summary>Gives a link an address. Equivalent to <c>ip address add ADDRESS/LENGTH dev LINK</c>.</summary>
    /// <param name="interfaceIndex">The link.</param>
    /// <param name="address">The address.</param>
    /// <exception cref="SyscallException"><c>EEXIST</c>: it has it already. <c>ENODEV</c>: there is no such link.</exception>
    public void Add(int interfaceIndex, AddressSpecification address)
    {
        NetlinkRequest request = Begin(RouteOperation.NewAddress, NetlinkFlags.Create | NetlinkFlags.Exclusive, interfaceIndex, address);
        if (address.BroadcastAddress is { } broadcast)
            request.Add(AddressAttribute.Broadcast, broadcast.GetAddressBytes());
        if (address.RouteMetric is { } metric)
            request.AddUInt32(AddressAttribute.RoutePriority, checked((uint)metric));
        uint flags = (address.NoDuplicateDetection ? NoDuplicateDetection : 0) | (address.NoPrefixRoute ? NoPrefixRoute : 0);
        if (flags != 0)
            request.AddUInt32(AddressAttribute.Flags, flags);
        if (address.ValidLifetime is not null || address.PreferredLifetime is not null)
            request.Add(AddressAttribute.CacheInfo, Lifetimes(address));
        networkNamespace.Connection.Execute(request);
    }

    /// <summary>Takes an address from a link. Equivalent to <c>ip address del ADDRESS/LENGTH dev LINK</c>.</summary>
    /// <param name="interfaceIndex">The link.</param>
    /// <param name="address">The address.</param>
    /// <exception cref="SyscallException"><c>EADDRNOTAVAIL</c>: it does not have it. <c>ENODEV</c>: there is no such link.</exception>
    public void Remove(int interfaceIndex, AddressSpecification address) =>
        networkNamespace.Connection.Execute(Begin(RouteOperation.DeleteAddress, NetlinkFlags.None, interfaceIndex, address));

    private NetlinkRequest Begin(NetlinkOperation operation, NetlinkFlags flags, int interfaceIndex, AddressSpecification address)
    {
        bool isIPv4 = address.IPAddress.AddressFamily == AddressFamily.InterNetwork;
        NetlinkRequest request = new NetlinkRequest(operation, flags, $"{address} on {networkNamespace.NameOf(interfaceIndex)}")
            .Header(new AddressHeader
            {
                Family = NetlinkValue.ToFamily(address.IPAddress.AddressFamily),
                PrefixLength = checked((byte)address.PrefixLength),
                Scope = (byte)(address.Scope ?? DefaultScope(address.IPAddress)),
                Index = checked((uint)interfaceIndex),
            })
            .Add(AddressAttribute.Local, address.IPAddress.GetAddressBytes())
            .Add(AddressAttribute.Address, (address.PeerAddress ?? address.IPAddress).GetAddressBytes());
        return isIPv4 && address.Label is { } label ? request.AddText(AddressAttribute.Label, label) : request;
    }

    /// <summary>As <c>ip address add</c> does: a loopback address reaches this host only.</summary>
    private static NetAddressScope DefaultScope(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(address) ? NetAddressScope.Host : NetAddressScope.Global;

    /// <summary><c>struct ifa_cacheinfo</c>: preferred and valid in seconds, two time stamps.</summary>
    private static byte[] Lifetimes(AddressSpecification address)
    {
        byte[] cacheInfo = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(cacheInfo, Seconds(address.PreferredLifetime ?? address.ValidLifetime));
        BinaryPrimitives.WriteUInt32LittleEndian(cacheInfo.AsSpan(4), Seconds(address.ValidLifetime));
        return cacheInfo;
    }

    private static uint Seconds(TimeSpan? span) =>
        span is { } limited && limited.TotalSeconds < uint.MaxValue ? (uint)Math.Max(0, Math.Ceiling(limited.TotalSeconds)) : uint.MaxValue;
}
