namespace NsTools;

/// <summary>One step of an image's making, with the layer that it left, as <c>podman history</c> shows it.</summary>
public sealed record ImageHistoryEntry
{
    /// <summary>When; null where the image does not say.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>By what command.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>By whom.</summary>
    public string? Author { get; init; }

    /// <summary>A remark.</summary>
    public string? Comment { get; init; }

    /// <summary>True where it made no layer.</summary>
    public bool IsEmptyLayer { get; init; }

    /// <summary>The layer that it made; null where it made none.</summary>
    public ImageLayer? Layer { get; init; }

    /// <summary>Size of the layer as it is stored, in bytes; 0 where it made none.</summary>
    public long Size => Layer?.Size ?? 0;

    /// <summary>Whose history it is.</summary>
    public string? Image { get; init; }

    /// <inheritdoc/>
    public override string ToString() => CreatedBy ?? Comment ?? "";
}
