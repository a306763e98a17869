namespace NsTools;

/// <summary>Which network a container is in.</summary>
public enum ContainerNetworkMode
{
    /// <summary>One of its own, with a loopback device and nothing else.</summary>
    None,

    /// <summary>The host's: its ports are the host's ports.</summary>
    Host,

    /// <summary>One of its own, with a link to each <see cref="ContainerNetwork"/> that it is on.</summary>
    Bridge,

    /// <summary>One of its own that <c>pasta</c> connects with the host's: the usual one of an ordinary user.</summary>
    Pasta,

    /// <summary>One of its own that <c>slirp4netns</c> connects with the host's, for an ordinary user.</summary>
    Slirp4NetNs,

    /// <summary>That of another container.</summary>
    Container,

    /// <summary>One that was there before: a <see cref="NamespaceSet"/>'s, a process's.</summary>
    Namespace,

    /// <summary>That of its <see cref="NsTools.Pod"/>.</summary>
    Pod,
}
