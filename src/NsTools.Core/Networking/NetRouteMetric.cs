namespace NsTools;

/// <summary>What a route can set for the traffic that takes it (<c>RTAX_*</c> of <c>include/uapi/linux/rtnetlink.h</c>, <c>ip-route(8)</c>).</summary>
public enum NetRouteMetric
{
    /// <summary>Which of the others are not to be changed by what is learnt, a bit each.</summary>
    Lock = 1,

    /// <summary>Path MTU in bytes.</summary>
    Mtu = 2,

    /// <summary>Largest TCP window to be announced, in bytes.</summary>
    Window = 3,

    /// <summary>Initial estimate of the round trip time, in eighths of a millisecond.</summary>
    RoundTripTime = 4,

    /// <summary>Initial variance of the round trip time, in quarters of a millisecond.</summary>
    RoundTripTimeVariance = 5,

    /// <summary>Initial slow start threshold, in segments.</summary>
    SlowStartThreshold = 6,

    /// <summary>Clamp of the congestion window, in segments.</summary>
    CongestionWindow = 7,

    /// <summary>Segment size to be announced to the other end, in bytes.</summary>
    AdvertisedSegmentSize = 8,

    /// <summary>How much reordering is expected, in segments.</summary>
    Reordering = 9,

    /// <summary>Hop limit of outgoing packets.</summary>
    HopLimit = 10,

    /// <summary>Initial congestion window, in segments.</summary>
    InitialCongestionWindow = 11,

    /// <summary>Features to be used, a bit each; 1 is ECN.</summary>
    Features = 12,

    /// <summary>Shortest time before a retransmission, in milliseconds.</summary>
    MinimumRetransmissionTimeout = 13,

    /// <summary>Initial receive window, in segments.</summary>
    InitialReceiveWindow = 14,

    /// <summary>1 to acknowledge at once.</summary>
    QuickAcknowledgement = 15,

    /// <summary>1 for TCP Fast Open without a cookie.</summary>
    FastOpenWithoutCookie = 17,
}
