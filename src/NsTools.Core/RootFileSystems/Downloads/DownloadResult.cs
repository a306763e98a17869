namespace NsTools.RootFileSystems.Downloads;

/// <summary>What tells one state of a file on a server from another (RFC 9110, 8.8).</summary>
/// <param name="EntityTag">The entity tag with its quotes; null where the server gives none.</param>
/// <param name="LastModified">When it was changed; null where the server does not say.</param>
public sealed record DownloadValidators(string? EntityTag, DateTimeOffset? LastModified);

/// <summary>What a download gave.</summary>
public sealed record DownloadResult
{
    /// <summary>True where the server says that it is what it was: nothing was downloaded.</summary>
    public bool IsUnchanged { get; init; }

    /// <summary>SHA-256 of it in hexadecimal, or SHA-512 where that alone was asked for; empty where it is unchanged.</summary>
    public string Checksum { get; init; } = "";

    /// <summary>What the server says of its state.</summary>
    public required DownloadValidators Validators { get; init; }

    /// <summary>The name that the server gives it (<c>Content-Disposition</c>), as it is; null for none.</summary>
    public string? SuggestedName { get; init; }
}
