using System.Text.Json.Serialization;

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

    /// <summary>Size of the terminal; null leaves it. Ignored without <see cref="Terminal"/>.</summary>
    public ConsoleSizeSpec? ConsoleSize { get; init; }

    /// <summary>True sets <c>no_new_privs</c> (<c>prctl(2)</c>).</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>The capability sets; null leaves what the user has (root everything, others nothing).</summary>
    public CapabilitiesSpec? Capabilities { get; init; }

    /// <summary>Resource limits; those not named are inherited.</summary>
    public IReadOnlyList<RlimitSpec>? Rlimits { get; init; }

    /// <summary>Name of the AppArmor profile; null for none.</summary>
    public string? ApparmorProfile { get; init; }

    /// <summary>SELinux label of the process; null for none.</summary>
    public string? SelinuxLabel { get; init; }

    /// <summary>The out-of-memory killer's adjustment, -1000 to 1000 (<c>proc_pid_oom_score_adj(5)</c>); null leaves it.</summary>
    public int? OomScoreAdj { get; init; }

    /// <summary>Scheduling policy and attributes; null leaves them.</summary>
    public SchedulerSpec? Scheduler { get; init; }

    /// <summary>I/O scheduling class and priority; null leaves them.</summary>
    [JsonPropertyName("ioPriority")]
    public IoPrioritySpec? IoPriority { get; init; }

    /// <summary>CPUs of a process that <c>exec</c> starts; of no effect on the container's first one.</summary>
    [JsonPropertyName("execCPUAffinity")]
    public CpuAffinitySpec? ExecCpuAffinity { get; init; }
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

/// <summary>Size of a terminal in characters.</summary>
public sealed record ConsoleSizeSpec
{
    /// <summary>Rows, up to 65535 (<c>TIOCSWINSZ(2const)</c>).</summary>
    public uint Height { get; init; }

    /// <summary>Columns, up to 65535.</summary>
    public uint Width { get; init; }
}

/// <summary>The five capability sets (<c>capabilities(7)</c>), names such as <c>CAP_CHOWN</c>; a null set is empty.</summary>
public sealed record CapabilitiesSpec
{
    /// <summary>What the process and all that comes from it can ever have.</summary>
    public IReadOnlyList<string>? Bounding { get; init; }

    /// <summary>What the kernel's checks see.</summary>
    public IReadOnlyList<string>? Effective { get; init; }

    /// <summary>What passes <c>execve(2)</c> into programs whose file lets it in.</summary>
    public IReadOnlyList<string>? Inheritable { get; init; }

    /// <summary>What may be made effective.</summary>
    public IReadOnlyList<string>? Permitted { get; init; }

    /// <summary>What passes <c>execve(2)</c> of ordinary programs.</summary>
    public IReadOnlyList<string>? Ambient { get; init; }
}
