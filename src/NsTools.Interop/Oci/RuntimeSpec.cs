using System.Text.Json.Serialization;

namespace NsTools.Interop.Oci;

/// <summary>
/// An OCI runtime config, <c>config.json</c> (runtime-spec 1.2, config.md): what Core writes and <c>nsrun</c> reads.
/// </summary>
public sealed record RuntimeSpec
{
    /// <summary>Version of the specification, a SemVer string.</summary>
    public string OciVersion { get; init; } = "1.2.0";

    /// <summary>The process to run (config.md, "Process"); null for a holder.</summary>
    public ProcessSpec? Process { get; init; }

    /// <summary>The root file system (config.md, "Root"); null keeps the one that is there.</summary>
    public RootSpec? Root { get; init; }

    /// <summary>Host name seen in the UTS namespace (config.md, "Hostname"); null leaves it.</summary>
    public string? Hostname { get; init; }

    /// <summary>NIS domain name seen in the UTS namespace (config.md, "Domainname"); null leaves it.</summary>
    public string? Domainname { get; init; }

    /// <summary>Mounts, done in order, with destinations inside the root (config.md, "Mounts").</summary>
    public IReadOnlyList<MountSpec>? Mounts { get; init; }

    /// <summary>Free key-value metadata (config.md, "Annotations").</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>What is specific to Linux (config-linux.md).</summary>
    public LinuxSpec? Linux { get; init; }
}

/// <summary>The root file system (config.md, "Root").</summary>
public sealed record RootSpec
{
    /// <summary>Path of the directory on the host, absolute or relative to the bundle.</summary>
    public required string Path { get; init; }

    /// <summary>True makes the root read-only inside.</summary>
    public bool Readonly { get; init; }
}

/// <summary>One mount (config.md, "Mounts").</summary>
public sealed record MountSpec
{
    /// <summary>Where, an absolute path inside the root. <c>/</c> mounts over the root itself.</summary>
    public required string Destination { get; init; }

    /// <summary>File system type, such as <c>proc</c> or <c>tmpfs</c>; null or <c>bind</c> for a bind mount.</summary>
    public string? Type { get; init; }

    /// <summary>Device name, or the host's file or directory of a bind mount.</summary>
    public string? Source { get; init; }

    /// <summary>Options, as in <c>mount(8)</c> and config.md's table.</summary>
    public IReadOnlyList<string>? Options { get; init; }
}

/// <summary>What is specific to Linux (config-linux.md).</summary>
public sealed record LinuxSpec
{
    /// <summary>Namespaces to make (no path) or to join (path); those not named are inherited.</summary>
    public IReadOnlyList<NamespaceSpec>? Namespaces { get; init; }

    /// <summary>User ID mappings of a new user namespace (<c>user_namespaces(7)</c>).</summary>
    public IReadOnlyList<IdMapping>? UidMappings { get; init; }

    /// <summary>Group ID mappings of a new user namespace.</summary>
    public IReadOnlyList<IdMapping>? GidMappings { get; init; }

    /// <summary>Clock offsets of a new time namespace by clock, <c>monotonic</c> or <c>boottime</c>.</summary>
    public IReadOnlyDictionary<string, TimeOffset>? TimeOffsets { get; init; }

    /// <summary>Propagation of the root mount: <c>private</c>, <c>slave</c>, <c>shared</c>, <c>unbindable</c> and their recursive forms.</summary>
    public string? RootfsPropagation { get; init; }
}

/// <summary>One namespace (config-linux.md, "Namespaces").</summary>
public sealed record NamespaceSpec
{
    /// <summary><c>pid</c>, <c>network</c>, <c>mount</c>, <c>ipc</c>, <c>uts</c>, <c>user</c>, <c>cgroup</c> or <c>time</c>.</summary>
    public required string Type { get; init; }

    /// <summary>A namespace file to join; null makes a new namespace.</summary>
    public string? Path { get; init; }
}

/// <summary>One line of a user namespace's ID map (config-linux.md, "User namespace mappings").</summary>
public sealed record IdMapping
{
    /// <summary>First ID inside.</summary>
    [JsonPropertyName("containerID")]
    public required uint ContainerId { get; init; }

    /// <summary>First ID outside.</summary>
    [JsonPropertyName("hostID")]
    public required uint HostId { get; init; }

    /// <summary>How many IDs, at least 1.</summary>
    public required uint Size { get; init; }
}

/// <summary>Offset of a clock in a time namespace (<c>time_namespaces(7)</c>).</summary>
public sealed record TimeOffset
{
    /// <summary>Whole seconds.</summary>
    public long Secs { get; init; }

    /// <summary>Nanoseconds, 0 to 999,999,999.</summary>
    public uint Nanosecs { get; init; }
}
