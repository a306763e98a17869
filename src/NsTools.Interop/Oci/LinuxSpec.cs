using System.Text.Json.Serialization;

namespace NsTools.Interop.Oci;

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

    /// <summary>Device nodes to make inside, beyond the default ones (config-linux.md, "Devices").</summary>
    public IReadOnlyList<DeviceSpec>? Devices { get; init; }

    /// <summary>Network devices of the host to move into the network namespace, by their name on the host (1.3, "Network Devices").</summary>
    public IReadOnlyDictionary<string, NetDeviceSpec>? NetDevices { get; init; }

    /// <summary>Path of the container's cgroup, or with systemd <c>slice:prefix:name</c>; null leaves the choice to the runtime.</summary>
    public string? CgroupsPath { get; init; }

    /// <summary>Limits of that cgroup (config-linux.md, "Control groups").</summary>
    public ResourcesSpec? Resources { get; init; }

    /// <summary>Intel Resource Director Technology (config-linux.md, "IntelRdt"); null for none.</summary>
    public IntelRdtSpec? IntelRdt { get; init; }

    /// <summary>Kernel parameters, such as <c>net.ipv4.ip_forward</c>, to set inside.</summary>
    public IReadOnlyDictionary<string, string>? Sysctl { get; init; }

    /// <summary>The system call filter; null for none.</summary>
    public SeccompSpec? Seccomp { get; init; }

    /// <summary>Propagation of the root mount: <c>private</c>, <c>slave</c>, <c>shared</c>, <c>unbindable</c> and their recursive forms.</summary>
    public string? RootfsPropagation { get; init; }

    /// <summary>Absolute paths inside that cannot be read.</summary>
    public IReadOnlyList<string>? MaskedPaths { get; init; }

    /// <summary>Absolute paths inside that cannot be written.</summary>
    public IReadOnlyList<string>? ReadonlyPaths { get; init; }

    /// <summary>SELinux context of the mounts; null for none.</summary>
    public string? MountLabel { get; init; }

    /// <summary>NUMA memory policy (1.3, "Memory Policy"); null leaves it.</summary>
    public MemoryPolicySpec? MemoryPolicy { get; init; }

    /// <summary>Execution domain (<c>personality(2)</c>); null leaves it.</summary>
    public PersonalitySpec? Personality { get; init; }
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

/// <summary>One device node (config-linux.md, "Devices").</summary>
public sealed record DeviceSpec
{
    /// <summary><c>c</c> or <c>u</c> for a character device, <c>b</c> for a block device, <c>p</c> for a FIFO (<c>mknod(1)</c>).</summary>
    public required string Type { get; init; }

    /// <summary>Absolute path inside.</summary>
    public required string Path { get; init; }

    /// <summary>Major number; required unless it is a FIFO.</summary>
    public long? Major { get; init; }

    /// <summary>Minor number; required unless it is a FIFO.</summary>
    public long? Minor { get; init; }

    /// <summary>Permission bits; null for 0666.</summary>
    public uint? FileMode { get; init; }

    /// <summary>Owner, as seen inside; null for 0.</summary>
    public uint? Uid { get; init; }

    /// <summary>Group, as seen inside; null for 0.</summary>
    public uint? Gid { get; init; }
}

/// <summary>A network device that is moved into the container.</summary>
public sealed record NetDeviceSpec
{
    /// <summary>Its name inside; null keeps the one that it has.</summary>
    public string? Name { get; init; }
}

/// <summary>Intel Resource Director Technology (<c>Documentation/arch/x86/resctrl.rst</c>).</summary>
public sealed record IntelRdtSpec
{
    /// <summary>Name of the class of service.</summary>
    [JsonPropertyName("closID")]
    public string? ClosId { get; init; }

    /// <summary>Lines for the <c>schemata</c> file.</summary>
    public IReadOnlyList<string>? Schemata { get; init; }

    /// <summary>The <c>L3:</c> line.</summary>
    public string? L3CacheSchema { get; init; }

    /// <summary>The <c>MB:</c> line.</summary>
    public string? MemBwSchema { get; init; }

    /// <summary>True makes a monitoring group.</summary>
    public bool EnableMonitoring { get; init; }
}

/// <summary>NUMA memory policy (<c>set_mempolicy(2)</c>).</summary>
public sealed record MemoryPolicySpec
{
    /// <summary>The mode, such as <c>MPOL_INTERLEAVE</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>The nodes, a list such as <c>0-1,3</c>; null for none.</summary>
    public string? Nodes { get; init; }

    /// <summary>Flags, such as <c>MPOL_F_STATIC_NODES</c>.</summary>
    public IReadOnlyList<string>? Flags { get; init; }
}

/// <summary>Execution domain (<c>personality(2)</c>).</summary>
public sealed record PersonalitySpec
{
    /// <summary><c>LINUX</c> or <c>LINUX32</c>.</summary>
    public required string Domain { get; init; }

    /// <summary>The specification knows none yet.</summary>
    public IReadOnlyList<string>? Flags { get; init; }
}
