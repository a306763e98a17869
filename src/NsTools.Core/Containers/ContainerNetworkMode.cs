namespace NsTools;

/// <summary>Which network a container is in.</summary>
public enum ContainerNetworkMode
{
    /// <summary>One of its own, with a loopback device and nothing else.</summary>
    None,

    /// <summary>The host's: its ports are the host's ports.</summary>
    Host,
}
