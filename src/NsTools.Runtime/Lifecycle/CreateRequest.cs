using NsTools.Interop.Cgroups.Containers;

namespace NsTools.Runtime.Lifecycle;

/// <summary>What <c>create</c> and <c>run</c> were asked for.</summary>
internal sealed record CreateRequest
{
    /// <summary>The container's ID.</summary>
    public required string Id { get; init; }

    /// <summary>The bundle's directory, absolute.</summary>
    public required string Bundle { get; init; }

    /// <summary>The config's file, absolute or relative to the bundle.</summary>
    public required string Config { get; init; }

    /// <summary>Who makes the cgroup.</summary>
    public required CgroupManager CgroupManager { get; init; }

    /// <summary>True when the caller is not root on the host.</summary>
    public required bool IsRootless { get; init; }

    /// <summary>True for <c>create</c>: the process waits for <c>start</c>.</summary>
    public bool WaitsForStart { get; init; }

    /// <summary>True when nobody stays to relay a terminal: <c>create</c>, <c>run --detach</c>.</summary>
    public bool IsDetached { get; init; }

    /// <summary>The socket that gets the terminal's master, absolute; null for none.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>The file that gets the process ID, absolute; null for none.</summary>
    public string? PidFile { get; init; }

    /// <summary>How many descriptors after those of <c>LISTEN_FDS</c> the program gets.</summary>
    public int PreserveDescriptors { get; init; }

    /// <summary>What interrupts it; null for nothing.</summary>
    public Interruption? Interruption { get; init; }

    /// <summary>True for <c>--no-pivot</c>.</summary>
    public bool NoPivot { get; init; }

    /// <summary>True for <c>--no-new-keyring</c>.</summary>
    public bool NoNewKeyring { get; init; }
}
