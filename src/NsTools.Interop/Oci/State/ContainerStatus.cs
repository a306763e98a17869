namespace NsTools.Interop.Oci.State;

/// <summary>A container's status (runtime.md, "State"), and <c>paused</c> as runc and crun have it.</summary>
public enum ContainerStatus
{
    /// <summary>It is being created.</summary>
    Creating,

    /// <summary>Its process waits to be started.</summary>
    Created,

    /// <summary>Its program runs.</summary>
    Running,

    /// <summary>Its program is frozen.</summary>
    Paused,

    /// <summary>Its process has ended, or never came to be.</summary>
    Stopped,
}

/// <summary>Statuses in words.</summary>
public static class ContainerStatusName
{
    /// <summary>The specification's word.</summary>
    public static string Of(ContainerStatus status) => status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        _ => "stopped",
    };
}
