using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Networking;

/// <summary>
/// <c>linux.netDevices</c> (config-linux.md of 1.3, "Network Devices"): moves devices of the host into the container's
/// network namespace, gives each the name that it is to have there and its permanent global addresses back, and
/// switches it on.
/// </summary>
internal static class NetworkDevices
{
    // IFA_F_PERMANENT, linux/if_addr.h; RT_SCOPE_UNIVERSE, linux/rtnetlink.h; IFF_UP, linux/if.h.
    private const uint Permanent = 0x80;
    private const byte GlobalScope = 0;
    private const uint Up = 1;

    /// <summary>Moves them. Equivalent to <c>ip link set NAME netns PID name NEWNAME</c> for each.</summary>
    /// <param name="devices">The devices by their name on the host.</param>
    /// <param name="process">A process in the container's network namespace.</param>
    /// <exception cref="SyscallException">There is no such device, it cannot be moved, or its name is taken.</exception>
    public static void Move(IReadOnlyDictionary<string, NetDeviceSpec> devices, int process)
    {
        using SafeFileHandle target = Descriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/ns/net"), O_RDONLY);
        using NetlinkConnection host = NetlinkConnection.Open(NetlinkProtocol.Route);
        using NetlinkConnection container = NetlinkConnection.Open(NetlinkProtocol.Route, target);
        foreach ((string name, NetDeviceSpec device) in devices)
        {
            try
            {
                Move(host, container, target, name, device.Name ?? name);
            }
            catch (SyscallException failure)
            {
                throw new SyscallException(failure.Syscall, failure.Number, name, $"linux.netDevices['{name}']{(failure.Detail is null ? "" : $": {failure.Detail}")}");
            }
        }
    }

    private static void Move(NetlinkConnection host, NetlinkConnection container, SafeFileHandle target, string name, string newName)
    {
        int index = IndexOf(host, name);
        IReadOnlyList<DeviceAddress> addresses = host.Dump(
            new NetlinkRequest(RouteOperation.GetAddress, NetlinkFlags.None, name).Header(new AddressHeader()),
            (in NetlinkMessage message) => Decode(message, index));
        host.Execute(new NetlinkRequest(RouteOperation.SetLink, NetlinkFlags.None, name)
            .Header(new LinkHeader { Index = index })
            .AddInt32(LinkAttribute.NamespaceDescriptor, Descriptor.Number(target))
            .AddText(LinkAttribute.Name, newName));
        // In another namespace it may have another index; and it has lost its addresses and is down.
        int moved = IndexOf(container, newName);
        foreach (DeviceAddress address in addresses)
        {
            container.Execute(new NetlinkRequest(RouteOperation.NewAddress, NetlinkFlags.Create | NetlinkFlags.Exclusive, newName)
                .Header(new AddressHeader { Family = address.Family, PrefixLength = address.PrefixLength, Index = (uint)moved })
                .Add(AddressAttribute.Local, address.Local)
                .Add(AddressAttribute.Address, address.Peer));
        }
        container.Execute(new NetlinkRequest(RouteOperation.SetLink, NetlinkFlags.None, newName)
            .Header(new LinkHeader { Index = moved, Flags = Up, Change = Up }));
    }

    private static int IndexOf(NetlinkConnection connection, string name) => connection.Query(
        new NetlinkRequest(RouteOperation.GetLink, NetlinkFlags.None, name).Header(new LinkHeader()).AddText(LinkAttribute.Name, name),
        (in NetlinkMessage message) => new FoundLink(message.Header<LinkHeader>().Index)).Index;

    private static DeviceAddress? Decode(in NetlinkMessage message, int index)
    {
        AddressHeader header = message.Header<AddressHeader>();
        NetlinkAttributes attributes = message.Attributes<AddressHeader>();
        uint flags = attributes.TryFind(AddressAttribute.Flags, out NetlinkAttribute all) ? all.ToUInt32() : header.Flags;
        if (header.Index != (uint)index || header.Scope != GlobalScope || (flags & Permanent) == 0
            || !attributes.TryFind(AddressAttribute.Address, out NetlinkAttribute peer))
            return null;
        byte[] address = peer.Value.ToArray();
        return new DeviceAddress(
            header.Family, header.PrefixLength,
            attributes.TryFind(AddressAttribute.Local, out NetlinkAttribute local) ? local.Value.ToArray() : address,
            address);
    }

    private sealed record FoundLink(int Index);

    private sealed record DeviceAddress(byte Family, byte PrefixLength, byte[] Local, byte[] Peer);
}
