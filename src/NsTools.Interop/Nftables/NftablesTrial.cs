using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Networking;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Nftables;

/// <summary>Whether the kernel answers to nftables at all.</summary>
public static unsafe class NftablesTrial
{
    // linux/netlink.h, linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
    private const int NetlinkNetfilter = 12;
    private const int NfTablesSubsystem = 10;
    private const int GetGeneration = 16;
    private const ushort Request = 1;
    private const ushort ErrorMessage = 2;

    /// <summary>Asks for the generation of the ruleset; loads the kernel's module where it is one.</summary>
    /// <returns>0 when it answers; else its error number: EPERM without CAP_NET_ADMIN, EINVAL where there are no nftables.</returns>
    /// <exception cref="SyscallException">There is no netlink socket of netfilter, or it does not answer within a second.</exception>
    public static int AskGeneration() => AskGeneration(new DirectOpener());

    /// <summary>Asks for the generation of the ruleset where the opener is.</summary>
    /// <param name="opener">Opens the socket.</param>
    /// <inheritdoc cref="AskGeneration()"/>
    public static int AskGeneration(INetworkOpener opener)
    {
        SafeFileHandle handle = opener.OpenSocket(AF_NETLINK, SOCK_RAW, NetlinkNetfilter);
        try
        {
            return AskGeneration(Descriptor.Number(handle));
        }
        finally
        {
            NftablesGrace.Run(handle.Dispose);
        }
    }

    private static int AskGeneration(int descriptor)
    {
        Message request = new()
        {
            Length = (uint)sizeof(Message),
            Type = (NfTablesSubsystem << 8) | GetGeneration,
            Flags = Request,
        };
        if (send(descriptor, &request, sizeof(Message), 0) < 0)
            throw SyscallException.FromLastError("send", "NETLINK_NETFILTER");
        pollfd waiting = new() { fd = descriptor, events = POLLIN };
        if (poll(&waiting, 1, 1000) != 1)
            throw new SyscallException("poll", ETIMEDOUT, "NETLINK_NETFILTER");
        byte* buffer = stackalloc byte[1024];
        long length = recv(descriptor, buffer, 1024, 0);
        if (length < sizeof(Message))
            throw SyscallException.FromLastError("recv", "NETLINK_NETFILTER");
        // struct nlmsgerr: the negative error number follows the header.
        return ((Message*)buffer)->Type == ErrorMessage ? -*(int*)(buffer + 16) : 0;
    }

    /// <summary><c>struct nlmsghdr</c> and <c>struct nfgenmsg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public uint Length;
        public ushort Type;
        public ushort Flags;
        public uint Sequence;
        public uint PortId;
        public byte Family;
        public byte Version;
        public ushort ResourceId;
    }
}
