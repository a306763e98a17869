namespace NsTools;

/// <summary>Something that NsTools can make use of, and whether this host has it for the calling user.</summary>
public sealed record HostFeature
{
    /// <summary>Its name, without spaces: <c>OverlayFileSystem</c>.</summary>
    public required string Feature { get; init; }

    /// <summary>Whether it works.</summary>
    public required HostFeatureStatus Status { get; init; }

    /// <summary>What was found: a version, a mode, a limit, or the error that a trial met.</summary>
    public required string Detail { get; init; }

    /// <summary>What to do about it when it does not work in full; null when nothing needs to or can be done.</summary>
    public string? Remedy { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Feature}: {Status}";
}
