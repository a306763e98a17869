namespace NsTools;

/// <summary>An image that is mounted.</summary>
public sealed record ImageMount
{
    /// <summary>Where it is mounted.</summary>
    public required string Path { get; init; }

    /// <summary>What it was mounted as: the reference, shortened where it is too long for the mount table.</summary>
    public required string Image { get; init; }

    /// <summary>Digest of its manifest; null when it was found in the mount table, which does not tell.</summary>
    public Digest? Digest { get; init; }

    /// <summary>True when nothing can be written to it.</summary>
    public required bool IsReadOnly { get; init; }

    /// <summary>The directory that takes what is changed; null where nothing can be.</summary>
    public string? UpperDirectory { get; init; }

    /// <summary>How many layers it has.</summary>
    public required int LayerCount { get; init; }

    /// <summary>ID of the mount.</summary>
    public required int MountId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
