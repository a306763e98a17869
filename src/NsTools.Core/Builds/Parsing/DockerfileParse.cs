namespace NsTools.Builds.Parsing;

/// <summary>What reading a Dockerfile gave: all that could be read, and what could not.</summary>
internal sealed record DockerfileParse
{
    /// <summary>The file, without the instructions that could not be read.</summary>
    public required Dockerfile File { get; init; }

    /// <summary>What could not be read, in the order of the lines.</summary>
    public required IReadOnlyList<DockerfileSyntaxError> Errors { get; init; }

    /// <summary>The empty lines between lines that a continuation joins.</summary>
    public required IReadOnlyList<int> EmptyContinuationLines { get; init; }
}
