namespace NsTools;

/// <summary>Where a text is no Dockerfile, and why.</summary>
public sealed record DockerfileSyntaxError
{
    /// <summary>The line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The column, from 1.</summary>
    public required int Column { get; init; }

    /// <summary>What is wrong there.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Line}:{Column}: {Message}";
}
