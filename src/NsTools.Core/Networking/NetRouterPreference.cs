namespace NsTools;

/// <summary>Which of several IPv6 routers is preferred (RFC 4191, 2.1).</summary>
public enum NetRouterPreference
{
    /// <summary>The usual.</summary>
    Medium = 0,

    /// <summary>Before the others.</summary>
    High = 1,

    /// <summary>After the others.</summary>
    Low = 3,
}
