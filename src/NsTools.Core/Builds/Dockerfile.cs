using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>A Dockerfile as it is written: nothing of it is expanded or run (Dockerfile reference, "Format").</summary>
public sealed record Dockerfile
{
    /// <summary>The file; null for text that came from nowhere.</summary>
    public string? Path { get; init; }

    /// <summary>What its first comments say to the builder, in their order.</summary>
    public required ReadOnlyCollection<DockerfileDirective> Directives { get; init; }

    /// <summary>What joins lines and escapes characters: a backslash, or the backtick that a directive <c>escape</c> asks for.</summary>
    public required char EscapeCharacter { get; init; }

    /// <summary>All its instructions, in their order; those before the first FROM belong to no stage.</summary>
    public required ReadOnlyCollection<DockerfileInstruction> Instructions { get; init; }

    /// <summary>Its stages, in their order.</summary>
    public required ReadOnlyCollection<DockerfileStage> Stages { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path ?? "Dockerfile";
}
