namespace NsTools.Runtime.Lifecycle;

/// <summary>What <c>exec</c> was asked for. What is null is as the container's own process has it.</summary>
internal sealed record ExecRequest
{
    /// <summary>The container's ID.</summary>
    public required string Id { get; init; }

    /// <summary>A <c>process.json</c>, absolute, which stands for all of the process; null for none.</summary>
    public string? ProcessFile { get; init; }

    /// <summary>Program and arguments; empty with <see cref="ProcessFile"/>.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Working directory.</summary>
    public string? Directory { get; init; }

    /// <summary>Variables, <c>NAME=value</c> each, beside and above the container's.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>True for a terminal; null for what <see cref="ProcessFile"/> says.</summary>
    public bool? HasTerminal { get; init; }

    /// <summary>User and group.</summary>
    public (uint User, uint? Group)? User { get; init; }

    /// <summary>Supplementary groups beside the container's.</summary>
    public IReadOnlyList<uint> Groups { get; init; } = [];

    /// <summary>Capabilities beside the container's.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Whether <c>no_new_privs</c> is set.</summary>
    public bool? NoNewPrivileges { get; init; }

    /// <summary>AppArmor profile.</summary>
    public string? ApparmorProfile { get; init; }

    /// <summary>SELinux label.</summary>
    public string? ProcessLabel { get; init; }

    /// <summary>Cgroups beneath the container's that exist, as <see cref="SubCgroup"/> takes them; none for the container's itself.</summary>
    public IReadOnlyList<string> Cgroups { get; init; } = [];

    /// <summary>True when nobody waits for the process.</summary>
    public bool IsDetached { get; init; }

    /// <summary>What interrupts the start; null for nothing.</summary>
    public Interruption? Interruption { get; init; }

    /// <summary>True to do it in a paused container, too: the process runs when that is resumed.</summary>
    public bool IgnoresPause { get; init; }

    /// <summary>The socket that gets the terminal's master, absolute; null for none.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>The file that gets the process ID, absolute; null for none.</summary>
    public string? PidFile { get; init; }

    /// <summary>How many descriptors after those of <c>LISTEN_FDS</c> the program gets.</summary>
    public int PreserveDescriptors { get; init; }
}
