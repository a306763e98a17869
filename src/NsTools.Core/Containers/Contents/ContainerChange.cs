namespace NsTools;

/// <summary>A file that is not in a container as it was in its image.</summary>
public sealed record ContainerChange
{
    /// <summary>The container's name.</summary>
    public required string Container { get; init; }

    /// <summary>Its path in the container, from <c>/</c>.</summary>
    public required string Path { get; init; }

    /// <summary>What has happened to it; of a directory in which something has happened, that it has changed.</summary>
    public required ImageChangeType Change { get; init; }

    /// <summary>What it is; of a deleted one, what it was.</summary>
    public required ImageFileKind Kind { get; init; }

    /// <summary>The letter that <c>podman diff</c> has for it: <c>A</c>, <c>C</c> or <c>D</c>.</summary>
    public string Letter => Change.ToString()[..1];

    /// <inheritdoc/>
    public override string ToString() => $"{Letter} {Path}";
}
