namespace NsTools;

/// <summary>What a container is doing.</summary>
public enum ContainerState
{
    /// <summary>It has never been started.</summary>
    Created,

    /// <summary>Its program runs.</summary>
    Running,

    /// <summary>Its processes are frozen (Suspend-Container).</summary>
    Paused,

    /// <summary>Its program has ended; it can be started again.</summary>
    Exited,

    /// <summary>What a crash has left of one: it can only be removed.</summary>
    Dead,
}
