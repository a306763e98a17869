using System.Collections.ObjectModel;

namespace NsTools;

/// <summary>One instruction of a Dockerfile as it is written: variables are not expanded.</summary>
public sealed record DockerfileInstruction
{
    /// <summary>Which one, in capitals.</summary>
    public required string Instruction { get; init; }

    /// <summary>Its options, in their order.</summary>
    public ReadOnlyCollection<DockerfileFlag> Flags { get; init; } = [];

    /// <summary>
    /// What follows the options: the words of it; of RUN, CMD and ENTRYPOINT in shell form the whole as one; of ENV and LABEL each
    /// <c>name=value</c> with its quotes, or the name and the value of the old form <c>ENV name value</c>; of ONBUILD the other
    /// instruction's name and arguments.
    /// </summary>
    public ReadOnlyCollection<string> Arguments { get; init; } = [];

    /// <summary>True where the arguments are a JSON array: no shell runs such a command.</summary>
    public bool IsExecForm { get; init; }

    /// <summary>The texts below it.</summary>
    public ReadOnlyCollection<DockerfileHeredoc> Heredocs { get; init; } = [];

    /// <summary>Of ONBUILD, the instruction that a build on the image will run.</summary>
    public DockerfileInstruction? Trigger { get; init; }

    /// <summary>The number of its stage, from 0; null for an ARG before the first FROM.</summary>
    public int? Stage { get; init; }

    /// <summary>The name of its stage; null where that has none.</summary>
    public string? StageName { get; init; }

    /// <summary>Its first line, from 1.</summary>
    public required int StartLine { get; init; }

    /// <summary>Its last line, the end of its last text included.</summary>
    public required int EndLine { get; init; }

    /// <summary>The column where it begins, from 1.</summary>
    public required int Column { get; init; }

    /// <summary>Its lines as they are in the file.</summary>
    public required string Original { get; init; }

    /// <summary>It in one line: continued lines joined, comments between them left out, without the texts below it.</summary>
    public required string Text { get; init; }

    /// <summary>The comments right above it, without their <c>#</c>.</summary>
    public ReadOnlyCollection<string> Comments { get; init; } = [];

    /// <summary>The file; null for text that came from nowhere.</summary>
    public string? Path { get; init; }

    /// <summary>The value of an option; null where it is not there or has none, the last one's where it is there more than once.</summary>
    /// <param name="name">The option's name without the dashes.</param>
    public string? GetFlag(string name) => Flags.LastOrDefault(flag => flag.Name == name)?.Value;

    /// <inheritdoc/>
    public override string ToString() => Text;
}
