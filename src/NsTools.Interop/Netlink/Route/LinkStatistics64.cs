using System.Runtime.InteropServices;

namespace NsTools.Interop.Netlink.Route;

/// <summary><c>struct rtnl_link_stats64</c>, the part that every kernel has since 2.6.35.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LinkStatistics64
{
    /// <summary>Packets received.</summary>
    public ulong ReceivedPackets;

    /// <summary>Packets sent.</summary>
    public ulong SentPackets;

    /// <summary>Bytes received.</summary>
    public ulong ReceivedBytes;

    /// <summary>Bytes sent.</summary>
    public ulong SentBytes;

    /// <summary>Bad packets received.</summary>
    public ulong ReceiveErrors;

    /// <summary>Packets that could not be sent.</summary>
    public ulong SendErrors;

    /// <summary>Received packets that were dropped.</summary>
    public ulong ReceiveDropped;

    /// <summary>Packets dropped on the way out.</summary>
    public ulong SendDropped;

    /// <summary>Multicast packets received.</summary>
    public ulong Multicast;

    /// <summary>Collisions.</summary>
    public ulong Collisions;

    /// <summary>Bad length.</summary>
    public ulong ReceiveLengthErrors;

    /// <summary>Receiver ring overflow.</summary>
    public ulong ReceiveOverErrors;

    /// <summary>Bad checksum.</summary>
    public ulong ReceiveCrcErrors;

    /// <summary>Bad alignment.</summary>
    public ulong ReceiveFrameErrors;

    /// <summary>FIFO overrun.</summary>
    public ulong ReceiveFifoErrors;

    /// <summary>Missed packets.</summary>
    public ulong ReceiveMissedErrors;

    /// <summary>Aborted.</summary>
    public ulong SendAbortedErrors;

    /// <summary>Carrier lost.</summary>
    public ulong SendCarrierErrors;

    /// <summary>FIFO underrun.</summary>
    public ulong SendFifoErrors;

    /// <summary>Heartbeat errors.</summary>
    public ulong SendHeartbeatErrors;

    /// <summary>Window errors.</summary>
    public ulong SendWindowErrors;
}
