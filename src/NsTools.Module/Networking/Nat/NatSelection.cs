using System.Management.Automation;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>Choosing NATs by name: a literal one must be there, a pattern may match none.</summary>
internal static class NatSelection
{
    /// <summary>Those that a name means.</summary>
    /// <param name="nats">What there is.</param>
    /// <param name="name">A name, or a pattern.</param>
    /// <param name="service">Knows how to say that there is none.</param>
    /// <exception cref="NsToolsException">There is none of that name (<c>NatNotFound</c>).</exception>
    public static IReadOnlyList<NetNat> ByName(IReadOnlyList<NetNat> nats, string name, NatService service)
    {
        WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.None);
        NetNat[] found = [.. nats.Where(nat => pattern.IsMatch(nat.Name))];
        return found.Length > 0 || WildcardPattern.ContainsWildcardCharacters(name) ? found : throw service.NotFound(name);
    }
}
