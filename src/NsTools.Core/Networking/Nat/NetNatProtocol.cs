namespace NsTools;

/// <summary>What can be published: protocols with ports.</summary>
public enum NetNatProtocol
{
    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,
}
