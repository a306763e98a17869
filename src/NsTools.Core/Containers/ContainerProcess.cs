namespace NsTools;

/// <summary>A process of a container.</summary>
public sealed record ContainerProcess
{
    /// <summary>Name of the container.</summary>
    public required string Container { get; init; }

    /// <summary>Its ID on the host.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Its ID inside the container; null where that cannot be told.</summary>
    public int? InnerProcessId { get; init; }

    /// <summary>ID of the user that it runs as, as the host sees it; null when it has ended meanwhile.</summary>
    public uint? UserId { get; init; }

    /// <summary>Its program's name.</summary>
    public required string ProcessName { get; init; }

    /// <summary>Its command line.</summary>
    public required string Command { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{ProcessId} {Command}";
}
