namespace NsTools;

/// <summary>A tag of a registry's repository.</summary>
public sealed record ImageTag
{
    /// <summary>Host and port of the registry.</summary>
    public required string Registry { get; init; }

    /// <summary>Name of the repository within the registry.</summary>
    public required string Repository { get; init; }

    /// <summary>The tag.</summary>
    public required string Tag { get; init; }

    /// <summary>What names it to other cmdlets: <c>docker://REGISTRY/REPOSITORY:TAG</c>.</summary>
    public string Reference => $"docker://{Registry}/{Repository}:{Tag}";

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
