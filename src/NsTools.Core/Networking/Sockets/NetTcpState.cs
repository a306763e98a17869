namespace NsTools;

/// <summary>State of a TCP connection (RFC 9293, 3.3.2): Windows' names, the kernel's numbers (<c>include/net/tcp_states.h</c>).</summary>
public enum NetTcpState
{
    /// <summary>Data can go both ways.</summary>
    Established = 1,

    /// <summary>Asked for, not answered yet.</summary>
    SynSent = 2,

    /// <summary>Asked for by the other end, which has not confirmed yet.</summary>
    SynReceived = 3,

    /// <summary>Closed here, which the other end has not acknowledged yet.</summary>
    FinWait1 = 4,

    /// <summary>Closed here, not at the other end.</summary>
    FinWait2 = 5,

    /// <summary>Closed at both ends; kept for a minute against late packets. No process owns it.</summary>
    TimeWait = 6,

    /// <summary>Not in use.</summary>
    Closed = 7,

    /// <summary>Closed at the other end, not here.</summary>
    CloseWait = 8,

    /// <summary>Closed at both ends; the other has not acknowledged that yet.</summary>
    LastAck = 9,

    /// <summary>Waits for connections.</summary>
    Listen = 10,

    /// <summary>Closed at both ends at once.</summary>
    Closing = 11,

    /// <summary>Has a port, and is neither connected nor listening. Told by Linux 6.8 and later.</summary>
    Bound = 13,
}
