using System.Runtime.InteropServices;

namespace NsTools.Namespaces;

/// <summary>The namespaces that a scan has found, by identity. nsfs numbers are unique over all kinds.</summary>
internal sealed class NamespaceTable
{
    private readonly Dictionary<long, NamespaceEntry> _entries = [];

    /// <summary>All of them, in no order.</summary>
    public IReadOnlyCollection<NamespaceEntry> Entries => _entries.Values;

    /// <summary>Whether it has been found already.</summary>
    public bool Contains(long id) => _entries.ContainsKey(id);

    /// <summary>The entry of a namespace, made where it is new.</summary>
    public NamespaceEntry GetOrAdd(NamespaceType type, long id)
    {
        ref NamespaceEntry? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, id, out _);
        return entry ??= new NamespaceEntry(type, id);
    }
}
