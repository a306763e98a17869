namespace NsTools;

/// <summary>The kinds of Linux namespace (<c>namespaces(7)</c>).</summary>
public enum NamespaceType
{
    /// <summary>View of the cgroup hierarchy (<c>cgroup_namespaces(7)</c>).</summary>
    Cgroup,

    /// <summary>System V IPC and POSIX message queues (<c>ipc_namespaces(7)</c>).</summary>
    Ipc,

    /// <summary>Mount points (<c>mount_namespaces(7)</c>).</summary>
    Mount,

    /// <summary>Network devices, stacks and ports (<c>network_namespaces(7)</c>).</summary>
    Network,

    /// <summary>Process IDs (<c>pid_namespaces(7)</c>).</summary>
    Pid,

    /// <summary>Boot and monotonic clocks (<c>time_namespaces(7)</c>).</summary>
    Time,

    /// <summary>User and group IDs, and capabilities (<c>user_namespaces(7)</c>).</summary>
    User,

    /// <summary>Host name and NIS domain name (<c>uts_namespaces(7)</c>).</summary>
    Uts,
}
