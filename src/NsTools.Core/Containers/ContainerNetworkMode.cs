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

    /// <summary>That of another container.</summary>
    Container,

    /// <summary>One that was there before: a <see cref="NamespaceSet"/>'s, a process's.</summary>
    Namespace,

    /// <summary>That of its <see cref="NsTools.Pod"/>.</summary>
    Pod,
}
