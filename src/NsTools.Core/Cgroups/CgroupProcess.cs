using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>A process in a cgroup.</summary>
public sealed record CgroupProcess
{
    /// <summary>Its process ID.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Its program's name (<c>/proc/PID/comm</c>).</summary>
    public required string ProcessName { get; init; }

    /// <summary>Its command line; the name in brackets for a kernel thread or a zombie.</summary>
    public required string Command { get; init; }

    /// <summary>Path of the cgroup.</summary>
    public required string CgroupPath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{ProcessId} {Command}";
}

/// <summary>A cgroup with what is beneath it: what <c>Show-CgroupTree -AsObject</c> gives.</summary>
public sealed record CgroupTreeNode
{
    /// <summary>The cgroup.</summary>
    public required Cgroup Cgroup { get; init; }

    /// <summary>How many levels below where the tree begins.</summary>
    public required int Depth { get; init; }

    /// <summary>Its processes.</summary>
    public required ReadOnlyCollection<CgroupProcess> Processes { get; init; }

    /// <summary>Its child cgroups.</summary>
    public required ReadOnlyCollection<CgroupTreeNode> Children { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Cgroup.Path;
}
