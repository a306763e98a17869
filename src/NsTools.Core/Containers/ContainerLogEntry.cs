namespace NsTools;

/// <summary>A line that a container's program has written.</summary>
public sealed record ContainerLogEntry
{
    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Where to.</summary>
    public required ContainerLogStream Stream { get; init; }

    /// <summary>The line, without its end.</summary>
    public required string Text { get; init; }

    /// <summary>Name of the container.</summary>
    public required string Container { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>Standard output or standard error.</summary>
public enum ContainerLogStream
{
    /// <summary>Standard output.</summary>
    Output,

    /// <summary>Standard error.</summary>
    Error,
}
