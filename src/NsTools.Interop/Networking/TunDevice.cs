using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Networking;

/// <summary>What a tun or tap link shall be.</summary>
public sealed record TunOptions
{
    /// <summary>Ethernet frames rather than IP packets (<c>IFF_TAP</c>).</summary>
    public bool IsTap { get; init; }

    /// <summary>User ID that may use it; null for whoever has <c>CAP_NET_ADMIN</c>.</summary>
    public long? Owner { get; init; }

    /// <summary>Group ID that may use it; null for whoever has <c>CAP_NET_ADMIN</c>.</summary>
    public long? OwnerGroup { get; init; }

    /// <summary>Four bytes of protocol information before each packet.</summary>
    public bool PacketInformation { get; init; }

    /// <summary>A virtio header before each packet (<c>IFF_VNET_HDR</c>).</summary>
    public bool VnetHeader { get; init; }

    /// <summary>Several queues (<c>IFF_MULTI_QUEUE</c>).</summary>
    public bool MultiQueue { get; init; }
}

/// <summary>Makes tun and tap links, which rtnetlink cannot (<c>Documentation/networking/tuntap.rst</c>).</summary>
public static class TunDevice
{
    // include/uapi/linux/if_tun.h
    private const int SetInterface = 0x400454ca;
    private const int SetPersist = 0x400454cb;
    private const int SetOwner = 0x400454cc;
    private const int SetGroup = 0x400454ce;
    private const int Tun = 0x1;
    private const int Tap = 0x2;
    private const int MultiQueueFlag = 0x100;
    private const int NoPacketInformation = 0x1000;
    private const int VnetHeaderFlag = 0x4000;

    // struct ifreq: the name, then a union of 24 bytes.
    private const int RequestLength = 40;
    private const int NameLength = 16;
    private const string Device = "/dev/net/tun";

    /// <summary>Makes a link that stays after this program ends, in the network namespace that the opener is in.</summary>
    /// <param name="name">Its name, at most 15 bytes.</param>
    /// <param name="options">What it shall be.</param>
    /// <param name="opener">Opens the device: the link belongs to the namespace of who does.</param>
    /// <remarks>To a tun link of this name that exists already it attaches: see to it first that there is none.</remarks>
    /// <exception cref="SyscallException">
    /// <c>ENOENT</c>, <c>ENODEV</c> of <c>open</c>: the kernel lacks it. <c>EBUSY</c>, <c>EINVAL</c> of
    /// <c>TUNSETIFF</c>: the name is taken.
    /// </exception>
    public static unsafe void Create(string name, TunOptions options, INetworkOpener opener)
    {
        byte* request = stackalloc byte[RequestLength];
        Span<byte> bytes = new(request, RequestLength);
        bytes.Clear();
        if (Encoding.UTF8.GetByteCount(name) >= NameLength)
            throw new SyscallException("TUNSETIFF", ENAMETOOLONG, name);
        Encoding.UTF8.GetBytes(name, bytes);
        int flags = (options.IsTap ? Tap : Tun)
            | (options.PacketInformation ? 0 : NoPacketInformation)
            | (options.VnetHeader ? VnetHeaderFlag : 0)
            | (options.MultiQueue ? MultiQueueFlag : 0);
        *(ushort*)(request + NameLength) = (ushort)flags;
        using SafeFileHandle device = opener.OpenFile(Device, O_RDWR);
        int number = Descriptor.Number(device);
        Check(ioctl(number, SetInterface, request), "TUNSETIFF", name);
        // Until TUNSETPERSIST the link goes with the descriptor, so a failure here leaves nothing.
        if (options.Owner is { } owner)
            Check(ioctl(number, SetOwner, checked((int)owner)), "TUNSETOWNER", name);
        if (options.OwnerGroup is { } group)
            Check(ioctl(number, SetGroup, checked((int)group)), "TUNSETGROUP", name);
        Check(ioctl(number, SetPersist, 1), "TUNSETPERSIST", name);
    }

    private static void Check(int result, string call, string name)
    {
        if (result < 0)
            throw SyscallException.FromLastError(call, name);
    }
}
