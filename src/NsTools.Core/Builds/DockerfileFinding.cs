namespace NsTools;

/// <summary>How grave a finding in a Dockerfile is.</summary>
public enum DockerfileSeverity
{
    /// <summary>A matter of style.</summary>
    Information,

    /// <summary>The image may not be what is expected.</summary>
    Warning,

    /// <summary>It can't be built.</summary>
    Error,
}

/// <summary>What a rule finds in a Dockerfile.</summary>
public sealed record DockerfileFinding
{
    /// <summary>The rule's name; BuildKit's where it has the rule.</summary>
    public required string Rule { get; init; }

    /// <summary>How grave it is.</summary>
    public required DockerfileSeverity Severity { get; init; }

    /// <summary>The line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The column, from 1.</summary>
    public required int Column { get; init; }

    /// <summary>What was found.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; init; }

    /// <summary>The instruction; null where the finding is not one's.</summary>
    public string? Instruction { get; init; }

    /// <summary>The file; null for text that came from nowhere.</summary>
    public string? Path { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Path}:{Line}:{Column}: {Rule}: {Message}";
}
