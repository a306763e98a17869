namespace NsTools.Interop.Oci;

/// <summary>One mount (config.md, "Mounts").</summary>
public sealed record MountSpec
{
    /// <summary>Where, an absolute path inside the root. <c>/</c> mounts over the root itself.</summary>
    public required string Destination { get; init; }

    /// <summary>File system type, such as <c>proc</c> or <c>tmpfs</c>; null or <c>bind</c> for a bind mount.</summary>
    public string? Type { get; init; }

    /// <summary>Device name, or the host's file or directory of a bind mount, absolute or relative to the bundle.</summary>
    public string? Source { get; init; }

    /// <summary>Options, as in <c>mount(8)</c> and config.md's table.</summary>
    public IReadOnlyList<string>? Options { get; init; }

    /// <summary>User ID mappings of an idmapped mount (config.md, "POSIX-platform Mounts"); null for none.</summary>
    public IReadOnlyList<IdMapping>? UidMappings { get; init; }

    /// <summary>Group ID mappings of an idmapped mount; there when <see cref="UidMappings"/> is.</summary>
    public IReadOnlyList<IdMapping>? GidMappings { get; init; }
}
