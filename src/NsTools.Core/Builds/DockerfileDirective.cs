namespace NsTools;

/// <summary>A comment at the head of a Dockerfile that says something to the builder (Dockerfile reference, "Parser directives").</summary>
public sealed record DockerfileDirective
{
    /// <summary>Which one, in lower case: <c>syntax</c>, <c>escape</c> or <c>check</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it says.</summary>
    public required string Value { get; init; }

    /// <summary>The line where it is, from 1.</summary>
    public required int Line { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"# {Name}={Value}";
}
