namespace NsTools;

/// <summary>Counters of a link since it was made.</summary>
public sealed record NetLinkStatistics
{
    /// <summary>Bytes received.</summary>
    public long ReceivedBytes { get; init; }

    /// <summary>Packets received.</summary>
    public long ReceivedPackets { get; init; }

    /// <summary>Bad packets received.</summary>
    public long ReceiveErrors { get; init; }

    /// <summary>Received packets that were dropped.</summary>
    public long ReceiveDropped { get; init; }

    /// <summary>Packets lost to a receiver ring that was full.</summary>
    public long ReceiveOverErrors { get; init; }

    /// <summary>Multicast packets received.</summary>
    public long Multicast { get; init; }

    /// <summary>Bytes sent.</summary>
    public long SentBytes { get; init; }

    /// <summary>Packets sent.</summary>
    public long SentPackets { get; init; }

    /// <summary>Packets that could not be sent.</summary>
    public long SendErrors { get; init; }

    /// <summary>Packets dropped on the way out.</summary>
    public long SendDropped { get; init; }

    /// <summary>Packets lost with the carrier.</summary>
    public long CarrierErrors { get; init; }

    /// <summary>Collisions.</summary>
    public long Collisions { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"rx {ReceivedBytes} B, tx {SentBytes} B";
}
