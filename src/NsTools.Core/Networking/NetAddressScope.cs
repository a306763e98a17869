namespace NsTools;

/// <summary>How far an address or a route reaches (<c>enum rt_scope_t</c>).</summary>
public enum NetAddressScope
{
    /// <summary>Everywhere.</summary>
    Global = 0,

    /// <summary>Within the site.</summary>
    Site = 200,

    /// <summary>On this link.</summary>
    Link = 253,

    /// <summary>On this host.</summary>
    Host = 254,

    /// <summary>Nowhere.</summary>
    Nowhere = 255,
}
