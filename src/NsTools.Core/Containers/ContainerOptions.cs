using NsTools.Containers.Networks;
using NsTools.Interop.Health;
using NsTools.Interop.Oci;

namespace NsTools.Containers;

/// <summary>What a new container is to be, beside its image or root.</summary>
public sealed record ContainerOptions
{
    /// <summary>Its name; null for one of our choice.</summary>
    public string? Name { get; init; }

    /// <summary>The program's arguments, in place of the image's <c>Cmd</c>; none keeps that.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The program, in place of the image's entry point; empty takes that away. Null keeps it.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Variables on top of the image's; a null value takes one of those away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The user, as <c>NAME</c> or <c>UID</c>, with <c>:GROUP</c> or <c>:GID</c>; null for the image's.</summary>
    public string? User { get; init; }

    /// <summary>The working directory inside; null for the image's. It is made where it is missing.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The host name; null for the beginning of the ID, or with the host's network the host's.</summary>
    public string? HostName { get; init; }

    /// <summary>Labels on top of the image's.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>What is mounted in it beside its root.</summary>
    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>Devices of the host that it has beside the usual ones.</summary>
    public IReadOnlyList<ContainerDevice> Devices { get; init; } = [];

    /// <summary>Resource limits of its processes (<c>getrlimit(2)</c>); those that are not named are the caller's.</summary>
    public IReadOnlyList<RlimitSpec> ResourceLimits { get; init; } = [];

    /// <summary>Its user namespace: <c>host</c>, <c>auto</c>, or maps such as <c>0:200000:65536</c>; null for the usual.</summary>
    public string? UserNamespace { get; init; }

    /// <summary>True makes the root read-only.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Which network it is in; null for the usual: as root the default one.</summary>
    public ContainerNetworkSelection? Network { get; init; }

    /// <summary>Name of the pod that it is to be in; null for none.</summary>
    public string? Pod { get; init; }

    /// <summary>The ports to be published on the host.</summary>
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];

    /// <summary>Most memory in bytes; null for no limit.</summary>
    public long? Memory { get; init; }

    /// <summary>Most processor time, in cores; null for no limit.</summary>
    public double? Cpu { get; init; }

    /// <summary>Most processes and threads; 0 for no limit.</summary>
    public long PidsLimit { get; init; } = 2048;

    /// <summary>Capabilities on top of the default ones.</summary>
    public IReadOnlyList<string> AddedCapabilities { get; init; } = [];

    /// <summary>Capabilities taken from the default ones.</summary>
    public IReadOnlyList<string> DroppedCapabilities { get; init; } = [];

    /// <summary>True lets programs gain privileges by set-user-ID and file capabilities (<c>prctl(2)</c>, <c>PR_SET_NO_NEW_PRIVS</c>).</summary>
    public bool AllowsNewPrivileges { get; init; }

    /// <summary>True leaves the system call filter out.</summary>
    public bool HasNoSystemCallFilter { get; init; }

    /// <summary>Size of <c>/dev/shm</c> in bytes.</summary>
    public long SharedMemory { get; init; } = 64 * 1024 * 1024;

    /// <summary>Number of the signal that ends it; null for the image's, or SIGTERM.</summary>
    public int? StopSignal { get; init; }

    /// <summary>From that signal to SIGKILL; null for the image's, or 10 s.</summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>True gives its program a terminal.</summary>
    public bool HasTerminal { get; init; }

    /// <summary>True keeps its standard input open for those who attach to it; it is empty otherwise.</summary>
    public bool KeepsInput { get; init; }

    /// <summary>True runs its program as the child of an init, which reaps and passes signals on.</summary>
    public bool HasInit { get; init; }

    /// <summary>When it is started again by itself: <c>on-failure[:N]</c>, <c>always</c>, <c>unless-stopped</c>; null for never.</summary>
    public string? RestartPolicy { get; init; }

    /// <summary>How it is checked, over what its image says: what is null is as there; a test <c>NONE</c> does without.</summary>
    public ImageHealthCheck? HealthCheck { get; init; }

    /// <summary>How it is checked, in place of <see cref="HealthCheck"/> and of what its image says; none for that.</summary>
    public IReadOnlyList<HealthProbe> Probes { get; init; } = [];

    /// <summary>True removes it when it has ended.</summary>
    public bool RemovesItself { get; init; }

    /// <summary>How large its log may become, in bytes.</summary>
    public long LogSize { get; init; } = 16 * 1024 * 1024;

    /// <summary>True for the host's IPC, control group and <c>/sys</c>: for a command where a container can have none of its own.</summary>
    internal bool SharesHost { get; init; }
}
