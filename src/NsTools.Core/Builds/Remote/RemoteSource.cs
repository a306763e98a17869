namespace NsTools.Builds.Remote;

/// <summary>A source of ADD on another machine, brought here or known from before.</summary>
internal sealed record RemoteSource
{
    /// <summary>What its content is known by: a digest, or a commit.</summary>
    public required string Identity { get; init; }

    /// <summary>Its name, where the destination is a directory.</summary>
    public required string Name { get; init; }

    /// <summary>True for a repository's tree.</summary>
    public bool IsTree { get; init; }

    /// <summary>Its path below the directory of what was brought; null where it was not, since an earlier build has had the same.</summary>
    public string? Path { get; init; }
}

/// <summary>What is remembered of a file that a web server has.</summary>
internal sealed record RemoteRecord
{
    /// <summary>Its digest.</summary>
    public required string Digest { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its entity tag; null where the server gave none.</summary>
    public string? EntityTag { get; init; }

    /// <summary>When it was changed; null where the server did not say.</summary>
    public DateTimeOffset? LastModified { get; init; }
}
