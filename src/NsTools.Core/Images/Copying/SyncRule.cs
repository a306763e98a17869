using System.Text.RegularExpressions;

namespace NsTools.Images.Copying;

/// <summary>What is to be synchronised of a repository.</summary>
public sealed record SyncRule
{
    /// <summary>The repository.</summary>
    public required ImageReference Repository { get; init; }

    /// <summary>Its tags and digests; null or empty for all tags that fit the pattern.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>What its tags must be like; null for any.</summary>
    public Regex? TagPattern { get; init; }

    /// <summary>What its registry lets somebody in with; null for the usual.</summary>
    public RegistryCredential? Credential { get; init; }
}
