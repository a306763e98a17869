namespace NsTools.Interop.Cgroups.Containers;

/// <summary>Who makes a container's cgroup: the runtime's option <c>--cgroup-manager</c>.</summary>
public enum CgroupManager
{
    /// <summary>The runtime itself, in the cgroup file systems (<c>cgroupfs</c>).</summary>
    CgroupFs,

    /// <summary>systemd, as a transient scope unit (<c>systemd</c>; systemd.scope(5), "CONTROL_GROUP_INTERFACE.md").</summary>
    Systemd,

    /// <summary>Nobody: the container stays in the caller's cgroup (<c>disabled</c>).</summary>
    Disabled,
}
