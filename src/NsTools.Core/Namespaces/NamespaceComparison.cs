namespace NsTools;

/// <summary>Whether two processes, sets or namespaces share their namespace of one kind.</summary>
public sealed record NamespaceComparison
{
    /// <summary>The kind.</summary>
    public required NamespaceType Type { get; init; }

    /// <summary>True when both are in the same namespace.</summary>
    public bool Same => ReferenceId == DifferenceId;

    /// <summary>Identity (nsfs inode) of the reference's namespace.</summary>
    public required long ReferenceId { get; init; }

    /// <summary>Identity (nsfs inode) of the other's namespace.</summary>
    public required long DifferenceId { get; init; }

    /// <summary>What the reference was: <c>buda</c>, <c>process 1</c>.</summary>
    public required string Reference { get; init; }

    /// <summary>What it was compared with.</summary>
    public required string Difference { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Type}: {(Same ? "same" : "different")}";
}
