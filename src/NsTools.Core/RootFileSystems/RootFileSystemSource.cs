namespace NsTools;

/// <summary>A root file system that can be downloaded, as a distribution's mirror offers it.</summary>
public sealed record RootFileSystemSource
{
    /// <summary>The distribution, such as <c>Alpine</c>.</summary>
    public required string Distribution { get; init; }

    /// <summary>Which of its file systems, such as <c>alpine-minirootfs</c>.</summary>
    public required string Flavor { get; init; }

    /// <summary>Version, such as <c>3.22.1</c>.</summary>
    public required string Version { get; init; }

    /// <summary>Branch of the distribution, such as <c>v3.22</c>; null where the mirror does not say.</summary>
    public string? Branch { get; init; }

    /// <summary>Machine that it is for, as <c>uname -m</c> names it.</summary>
    public required string Architecture { get; init; }

    /// <summary>Name of the file.</summary>
    public required string FileName { get; init; }

    /// <summary>Where the archive is.</summary>
    public required Uri Uri { get; init; }

    /// <summary>Size of the archive, in bytes; null where the mirror does not say.</summary>
    public long? Size { get; init; }

    /// <summary>SHA-256 of the archive, in lower-case hexadecimal; null where the mirror does not say.</summary>
    public string? Sha256 { get; init; }

    /// <summary>SHA-512 of the archive, in lower-case hexadecimal; null where the mirror does not say.</summary>
    public string? Sha512 { get; init; }

    /// <summary>When it was released; null where the mirror does not say.</summary>
    public DateTimeOffset? Released { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FileName;
}
