namespace NsTools.Networking.Kinds;

/// <summary>How the kernel writes one setting of a link's kind.</summary>
public enum LinkOptionType
{
    /// <summary>Eight bits.</summary>
    Byte,

    /// <summary>16 bits.</summary>
    UInt16,

    /// <summary>16 bits in network order.</summary>
    UInt16BigEndian,

    /// <summary>32 bits.</summary>
    UInt32,

    /// <summary>32 bits in network order.</summary>
    UInt32BigEndian,

    /// <summary>Eight bits, 0 or 1.</summary>
    Boolean,

    /// <summary>32 bits, 0 or 1.</summary>
    BooleanUInt32,

    /// <summary>Present or absent.</summary>
    Presence,

    /// <summary>A duration in 32 bits of hundredths of a second (<c>USER_HZ</c>).</summary>
    Centiseconds,

    /// <summary>A duration in 64 bits of hundredths of a second (<c>USER_HZ</c>).</summary>
    CentisecondsUInt64,

    /// <summary>A duration in 32 bits of seconds.</summary>
    Seconds,

    /// <summary>An IPv4 address, or under the option's second attribute an IPv6 one.</summary>
    Address,

    /// <summary>A hardware address.</summary>
    HardwareAddress,

    /// <summary>The index of a link.</summary>
    LinkIndex,

    /// <summary>One of several words.</summary>
    Word,

    /// <summary>One bit of 32, before a mask of 32 bits (<c>struct br_boolopt_multi</c>).</summary>
    Bit,

    /// <summary>A bridge's identity: two bytes of priority and a hardware address.</summary>
    BridgeId,
}
