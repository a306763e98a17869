using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>How a command ended, and what it wrote.</summary>
public sealed record CommandResult
{
    /// <summary>The program and its arguments.</summary>
    public required ReadOnlyCollection<string> Command { get; init; }

    /// <summary>The exit code, 0 to 255; 128 and the signal's number for a process that a signal killed, as a shell has it.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Name of the signal that killed it, such as <c>KILL</c>; null when it exited by itself.</summary>
    public string? Signal { get; init; }

    /// <summary>True when a process was killed meanwhile because the command's cgroup was out of memory.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>All that it wrote to standard output, as UTF-8.</summary>
    public required string StandardOutput { get; init; }

    /// <summary>All that it wrote to standard error, as UTF-8.</summary>
    public required string StandardError { get; init; }

    /// <summary>From its start to its end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <inheritdoc/>
    public override string ToString() => StandardOutput;
}
