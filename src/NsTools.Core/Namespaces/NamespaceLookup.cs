namespace NsTools.Namespaces;

/// <summary>Finds namespace sets, and network namespaces under <c>/run/netns</c>, by name.</summary>
public static class NamespaceLookup
{
    /// <summary>What has the name, or a name that matches.</summary>
    /// <param name="name">The name or pattern, for the error.</param>
    /// <param name="isPattern">True when finding nothing is no error.</param>
    /// <param name="matches">Whether a name is wanted.</param>
    /// <returns>A <see cref="NamespaceSet"/> for each set, and a <see cref="LinuxNamespace"/> for each other name; ordered by name.</returns>
    /// <exception cref="NsToolsException">Nothing has the literal name (<c>NamespaceNotFound</c>).</exception>
    public static IReadOnlyList<object> Find(string name, bool isPattern, Func<string, bool> matches)
    {
        NamespaceStore store = NamespaceStore.Current;
        SortedDictionary<string, object> found = new(StringComparer.Ordinal);
        foreach (string present in isPattern ? store.Names().Where(matches) : [name])
        {
            if (store.Find(present) is { } set)
                found[present] = set;
        }
        string[] others = [.. NetworkNames.List().Where(n => isPattern ? matches(n) : n == name).Where(n => !found.ContainsKey(n))];
        if (others.Length > 0)
        {
            Dictionary<string, LinuxNamespace> networks = NamespaceScanner.Scan([NamespaceType.Network], CancellationToken.None)
                .Where(n => n.Name is not null)
                .GroupBy(n => n.Name!)
                .ToDictionary(g => g.Key, g => g.First());
            foreach (string other in others)
            {
                // An entry without a mount is what a crash of `ip netns add` leaves: a name, but no namespace.
                if (networks.TryGetValue(other, out LinuxNamespace? network))
                    found[other] = network;
            }
        }
        return found.Count > 0 || isPattern ? [.. found.Values] : throw NamespaceReference.NotFound(name);
    }
}
