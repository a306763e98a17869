using System.Net;
using System.Net.Sockets;

namespace NsTools;

/// <summary>A socket of the kernel, as it was when it was looked at.</summary>
public abstract record NetSocket
{
    /// <summary>Local address; all zero for any.</summary>
    public required IPAddress LocalAddress { get; init; }

    /// <summary>Local port.</summary>
    public required int LocalPort { get; init; }

    /// <summary>Address of the other end; all zero when there is none.</summary>
    public required IPAddress RemoteAddress { get; init; }

    /// <summary>Port of the other end; 0 when there is none.</summary>
    public required int RemotePort { get; init; }

    /// <summary>
    /// The lowest ID of a process that has it open; 0 when none has (any more), or the caller may not look at that one.
    /// </summary>
    public int OwningProcess { get; init; }

    /// <summary>User ID of whoever made it.</summary>
    public long UserId { get; init; }

    /// <summary>Bytes received and not read; of a listener the connections that wait to be accepted.</summary>
    public long ReceiveQueue { get; init; }

    /// <summary>Bytes sent and not acknowledged; of a listener how many connections may wait.</summary>
    public long SendQueue { get; init; }

    /// <summary>Index of the link that it is bound to; 0 for none.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>Inode number in <c>/proc/PID/fd</c>; 0 when no descriptor is open on it any more.</summary>
    public long Inode { get; init; }

    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily AddressFamily => LocalAddress.AddressFamily;

    /// <summary>Names its network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }
}
