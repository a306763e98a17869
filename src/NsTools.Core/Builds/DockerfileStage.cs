using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>A stage of a Dockerfile: a FROM and what follows until the next one.</summary>
public sealed record DockerfileStage
{
    /// <summary>Its number, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>Its name in lower case; null where it has none.</summary>
    public string? Name { get; init; }

    /// <summary>What it stands on, as it is written: an image, an earlier stage, or <c>scratch</c>.</summary>
    public required string Base { get; init; }

    /// <summary>The platform that its FROM asks for, as it is written.</summary>
    public string? Platform { get; init; }

    /// <summary>Its instructions, FROM the first of them.</summary>
    public required ReadOnlyCollection<DockerfileInstruction> Instructions { get; init; }

    /// <summary>The line of its FROM, from 1.</summary>
    public int StartLine => Instructions[0].StartLine;

    /// <summary>Its last line.</summary>
    public int EndLine => Instructions[^1].EndLine;

    /// <inheritdoc/>
    public override string ToString() => Name ?? Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
