namespace NsTools;

/// <summary>How a link's IPv6 link-local address is made (<c>enum in6_addr_gen_mode</c>).</summary>
public enum NetAddressGeneration
{
    /// <summary>From the hardware address.</summary>
    Eui64 = 0,

    /// <summary>Not at all.</summary>
    None = 1,

    /// <summary>From a secret that stays (RFC 7217).</summary>
    StablePrivacy = 2,

    /// <summary>From a secret that is drawn anew.</summary>
    Random = 3,
}
