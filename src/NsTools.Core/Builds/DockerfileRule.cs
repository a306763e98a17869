namespace NsTools;

/// <summary>A rule that Dockerfiles are held against.</summary>
public sealed record DockerfileRule
{
    /// <summary>Its name; BuildKit's where that has the rule (docs.docker.com, "Build checks").</summary>
    public required string Name { get; init; }

    /// <summary>How grave its findings are.</summary>
    public required DockerfileSeverity Severity { get; init; }

    /// <summary>What it wants.</summary>
    public required string Description { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
