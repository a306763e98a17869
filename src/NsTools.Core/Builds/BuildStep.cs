namespace NsTools;

/// <summary>What a step of a build did.</summary>
public sealed record BuildStep
{
    /// <summary>Its number in its stage, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>How many steps its stage has.</summary>
    public required int Count { get; init; }

    /// <summary>The stage's name, or its number where it has none.</summary>
    public required string Stage { get; init; }

    /// <summary>The instruction, in capitals.</summary>
    public required string Instruction { get; init; }

    /// <summary>The instruction as it is written, in one line.</summary>
    public required string Text { get; init; }

    /// <summary>Its line in the Dockerfile.</summary>
    public required int Line { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>True where an earlier build had done it.</summary>
    public bool IsCached { get; init; }

    /// <summary>Digest of the layer that it made; null where it made none.</summary>
    public Digest? Layer { get; init; }

    /// <summary>Size of that layer in bytes.</summary>
    public long Size { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"STEP {Number}/{Count}: {Text}";
}
