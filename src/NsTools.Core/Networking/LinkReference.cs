namespace NsTools.Networking;

/// <summary>Something that names a link: a <see cref="NetLink"/>, a name, or an index.</summary>
public sealed record LinkReference
{
    /// <summary>The name (an alternative one also); null where it goes by index.</summary>
    public string? Name { get; init; }

    /// <summary>The index; 0 where it goes by name.</summary>
    public int Index { get; init; }

    /// <summary>True when it was made of an object, which says where the link is.</summary>
    public bool IsBound { get; init; }

    /// <summary>For a bound one, names the network namespace; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>The link as it was when it was looked at; null where only its name or index is known.</summary>
    public NetLink? Link { get; init; }

    /// <summary>Reference to a link that was looked at: by its index, which outlives a change of name.</summary>
    /// <param name="link">The link.</param>
    public static LinkReference From(NetLink link) => new() { Name = link.Name, Index = link.Index, Namespace = link.Namespace, IsBound = true, Link = link };

    /// <inheritdoc/>
    public override string ToString() => Name ?? $"if{Index}";
}
