namespace NsTools;

/// <summary>What a cluster has of an object that was applied to it.</summary>
public sealed record PublishedResource
{
    /// <summary>Group and version of its kind, such as <c>v1</c> or <c>apps/v1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>Its kind, such as <c>Pod</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The cluster's namespace that it is in; null for a kind that is in none.</summary>
    public string? Namespace { get; init; }

    /// <summary>What was done.</summary>
    public required PublishAction Action { get; init; }

    /// <summary>For a pod how far it is, such as <c>Pending</c>; null for other kinds.</summary>
    public string? Phase { get; init; }

    /// <summary>True when the cluster was only asked what it would do.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Its identity, which no other object ever has.</summary>
    public string? Uid { get; init; }

    /// <summary>The version of its content, opaque; the same for as long as nothing of it changes.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>The cluster's API.</summary>
    public required Uri Server { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Name}";
}

/// <summary>What applying has done.</summary>
public enum PublishAction
{
    /// <summary>There was none; it was made.</summary>
    Created,

    /// <summary>It was there, and is now as was asked for.</summary>
    Applied,
}
