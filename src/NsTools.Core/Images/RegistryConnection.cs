namespace NsTools;

/// <summary>A log-in to a registry that is kept for later; its secret is not in it.</summary>
public sealed record RegistryConnection
{
    /// <summary>What it is for: host and port, and maybe a namespace.</summary>
    public required string Registry { get; init; }

    /// <summary>User name; null where an identity token stands for it.</summary>
    public string? UserName { get; init; }

    /// <summary>True where an OAuth2 identity token is kept instead of a password.</summary>
    public bool HasIdentityToken { get; init; }

    /// <summary>Where it is kept: a file, or a credential helper.</summary>
    public required string Source { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Registry;
}
