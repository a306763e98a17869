namespace NsTools;

/// <summary>Something that changed in a network namespace.</summary>
public sealed record NetEvent
{
    /// <summary>When we learnt of it.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What it is about; null when events were lost.</summary>
    public NetEventKind? Kind { get; init; }

    /// <summary>What happened.</summary>
    public required NetEventAction Action { get; init; }

    /// <summary>Name of the link that it is about; null for none.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>The <see cref="NetLink"/>, <see cref="NetIPAddress"/>, <see cref="NetRoute"/> or <see cref="NetNeighbor"/>; null when events were lost.</summary>
    public object? Value { get; init; }

    /// <summary>Names the network namespace, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Action} {Kind} {Value}";
}
