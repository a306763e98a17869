namespace NsTools;

/// <summary>An option of an instruction, such as <c>--from=build</c> of COPY.</summary>
public sealed record DockerfileFlag
{
    /// <summary>Its name without the dashes.</summary>
    public required string Name { get; init; }

    /// <summary>Its value, with quotes and escapes taken away; null where it has none.</summary>
    public string? Value { get; init; }

    /// <summary>The line where it is, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The column where it begins, from 1.</summary>
    public required int Column { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Value is null ? $"--{Name}" : $"--{Name}={Value}";
}
