namespace NsTools.Interop.Oci;

/// <summary>The system call filter (config-linux.md, "Seccomp"; <c>seccomp(2)</c>).</summary>
public sealed record SeccompSpec
{
    /// <summary>What happens to calls that no rule names, such as <c>SCMP_ACT_ERRNO</c>.</summary>
    public required string DefaultAction { get; init; }

    /// <summary>The error (or trace message) of <see cref="DefaultAction"/>; null for EPERM.</summary>
    public uint? DefaultErrnoRet { get; init; }

    /// <summary>Architectures besides the native one whose calls are let in, such as <c>SCMP_ARCH_X86</c>.</summary>
    public IReadOnlyList<string>? Architectures { get; init; }

    /// <summary>Flags of the filter, such as <c>SECCOMP_FILTER_FLAG_LOG</c>.</summary>
    public IReadOnlyList<string>? Flags { get; init; }

    /// <summary>Socket of the agent that gets the notification descriptor of <c>SCMP_ACT_NOTIFY</c>.</summary>
    public string? ListenerPath { get; init; }

    /// <summary>Text for that agent.</summary>
    public string? ListenerMetadata { get; init; }

    /// <summary>The rules.</summary>
    public IReadOnlyList<SeccompRule>? Syscalls { get; init; }

    /// <summary>True when a rule asks an agent.</summary>
    internal bool HasListener => Syscalls?.Any(rule => rule.Action == "SCMP_ACT_NOTIFY") == true;
}

/// <summary>What happens to some system calls.</summary>
public sealed record SeccompRule
{
    /// <summary>Names of the calls; a name that the machine does not know has no effect.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The action, such as <c>SCMP_ACT_ALLOW</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The error of <c>SCMP_ACT_ERRNO</c> or the message of <c>SCMP_ACT_TRACE</c>; null for EPERM.</summary>
    public uint? ErrnoRet { get; init; }

    /// <summary>Conditions on the arguments, all of which must hold; null or empty for any arguments.</summary>
    public IReadOnlyList<SeccompArgument>? Args { get; init; }
}

/// <summary>A condition on one argument of a system call.</summary>
public sealed record SeccompArgument
{
    /// <summary>Which argument, 0 to 5.</summary>
    public required uint Index { get; init; }

    /// <summary>What it is compared with; the mask for <c>SCMP_CMP_MASKED_EQ</c>.</summary>
    public required ulong Value { get; init; }

    /// <summary>What the masked argument is compared with, for <c>SCMP_CMP_MASKED_EQ</c>.</summary>
    public ulong ValueTwo { get; init; }

    /// <summary>The comparison, such as <c>SCMP_CMP_EQ</c>.</summary>
    public required string Op { get; init; }
}
