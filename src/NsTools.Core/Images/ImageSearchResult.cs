namespace NsTools;

/// <summary>A repository that was found in a registry.</summary>
public sealed record ImageSearchResult
{
    /// <summary>Host and port of the registry.</summary>
    public required string Registry { get; init; }

    /// <summary>Name of the repository within the registry.</summary>
    public required string Repository { get; init; }

    /// <summary>What its owner says about it; null where the registry does not tell.</summary>
    public string? Description { get; init; }

    /// <summary>How many users like it; null where the registry does not tell.</summary>
    public int? StarCount { get; init; }

    /// <summary>True for what the registry's keepers vouch for; null where the registry does not tell.</summary>
    public bool? IsOfficial { get; init; }

    /// <summary>What names it to other cmdlets: <c>docker://REGISTRY/REPOSITORY</c>.</summary>
    public string Reference => $"docker://{Registry}/{Repository}";

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
