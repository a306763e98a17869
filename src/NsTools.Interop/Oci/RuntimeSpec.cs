namespace NsTools.Interop.Oci;

/// <summary>
/// An OCI runtime config, <c>config.json</c> (runtime-spec 1.2, config.md, and of 1.3 what concerns Linux): what Core
/// and engines write and <c>nsrun</c> reads.
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

    /// <summary>Programs to run at the points of the container's life (config.md, "POSIX-platform Hooks").</summary>
    public HooksSpec? Hooks { get; init; }

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
