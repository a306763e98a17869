namespace NsTools.Interop.Oci;

/// <summary>The process to run (config.md, "Process").</summary>
public sealed record ProcessSpec
{
    /// <summary>Program and arguments; the program is looked up in <c>PATH</c> of <see cref="Env"/> inside the root.</summary>
    public required IReadOnlyList<string> Args { get; init; }

    /// <summary>The whole environment, <c>NAME=value</c> each.</summary>
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Working directory inside the root, absolute.</summary>
    public required string Cwd { get; init; }

    /// <summary>User and groups (config.md, "User").</summary>
    public UserSpec User { get; init; } = new();

    /// <summary>True attaches a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>True sets <c>no_new_privs</c> (<c>prctl(2)</c>).</summary>
    public bool NoNewPrivileges { get; init; }
}

/// <summary>User and groups of the process (config.md, "User"); IDs as seen inside its user namespace.</summary>
public sealed record UserSpec
{
    /// <summary>User ID.</summary>
    public uint Uid { get; init; }

    /// <summary>Group ID.</summary>
    public uint Gid { get; init; }

    /// <summary>File mode creation mask; null leaves the caller's.</summary>
    public uint? Umask { get; init; }

    /// <summary>Supplementary group IDs; null or empty for none.</summary>
    public IReadOnlyList<uint>? AdditionalGids { get; init; }
}
