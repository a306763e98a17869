namespace NsTools;

/// <summary>A virtual cable: what goes into one end comes out of the other.</summary>
/// <param name="Link">One end.</param>
/// <param name="Peer">The other end.</param>
public sealed record VethPair(NetLink Link, NetLink Peer)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Link} - {Peer}";
}
