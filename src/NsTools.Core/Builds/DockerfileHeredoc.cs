namespace NsTools;

/// <summary>Text in the lines below an instruction, which serves it as a file or as a script (Dockerfile reference, "Here-Documents").</summary>
public sealed record DockerfileHeredoc
{
    /// <summary>The word that ends it, without quotes; COPY and ADD call the file so.</summary>
    public required string Name { get; init; }

    /// <summary>The text as it is in the file, with its last line's end.</summary>
    public required string Content { get; init; }

    /// <summary>False where the word is quoted: variables in the text then stay as they are.</summary>
    public required bool IsExpanded { get; init; }

    /// <summary>True for <c>&lt;&lt;-</c>: tabs at the start of each line are not part of it.</summary>
    public required bool StripsTabs { get; init; }

    /// <summary>The number before <c>&lt;&lt;</c>; 0 where there is none.</summary>
    public required int FileDescriptor { get; init; }

    /// <summary>The first line of the text, from 1.</summary>
    public required int StartLine { get; init; }

    /// <summary>The line with the word that ends it, from 1.</summary>
    public required int EndLine { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"<<{Name}";
}
