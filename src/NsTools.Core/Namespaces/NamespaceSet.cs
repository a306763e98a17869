using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>State of a <see cref="NamespaceSet"/>.</summary>
public enum NamespaceSetState
{
    /// <summary>Its holder is alive.</summary>
    Running,

    /// <summary>Its holder has ended; what is pinned by bind mounts may still exist until the set is removed.</summary>
    Dead,

    /// <summary>It needs no holder: a bind mount keeps its one namespace, as <c>ip netns add</c> does.</summary>
    Pinned,
}

/// <summary>A named set of namespaces that <c>New-Namespace</c> made, kept alive by a holder process or a bind mount.</summary>
public sealed record NamespaceSet
{
    /// <summary>Its name, unique for the user.</summary>
    public required string Name { get; init; }

    /// <summary>Process ID of the holder, as seen where the set was made; 0 when the holder has ended, or none is needed.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Whether the holder, or what stands in its place, is there.</summary>
    public required NamespaceSetState State { get; init; }

    /// <summary>The root directory on the host; null when the set keeps the host's own root.</summary>
    public string? Root { get; init; }

    /// <summary>The host name inside; null when the set has no UTS namespace of its own or none was asked for.</summary>
    public string? HostName { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>The namespaces that are its own, ordered by type.</summary>
    public required ReadOnlyCollection<LinuxNamespace> Namespaces { get; init; }

    /// <summary>Its own cgroup namespace; null when it shares its maker's.</summary>
    public LinuxNamespace? Cgroup => Find(NamespaceType.Cgroup);

    /// <summary>Its own IPC namespace; null when it shares its maker's.</summary>
    public LinuxNamespace? Ipc => Find(NamespaceType.Ipc);

    /// <summary>Its own mount namespace; null when it shares its maker's.</summary>
    public LinuxNamespace? Mount => Find(NamespaceType.Mount);

    /// <summary>Its own network namespace; null when it shares its maker's.</summary>
    public LinuxNamespace? Network => Find(NamespaceType.Network);

    /// <summary>Its own PID namespace; null when it shares its maker's.</summary>
    public LinuxNamespace? Pid => Find(NamespaceType.Pid);

    /// <summary>Its own time namespace; null when it shares its maker's.</summary>
    public LinuxNamespace? Time => Find(NamespaceType.Time);

    /// <summary>Its own user namespace; null when it shares its maker's.</summary>
    public LinuxNamespace? User => Find(NamespaceType.User);

    /// <summary>Its own UTS namespace; null when it shares its maker's.</summary>
    public LinuxNamespace? Uts => Find(NamespaceType.Uts);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private LinuxNamespace? Find(NamespaceType type) => Namespaces.FirstOrDefault(n => n.Type == type);
}
