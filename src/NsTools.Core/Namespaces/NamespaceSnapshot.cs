using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>The namespaces of a machine at one moment, to be asked for those of many processes or sets.</summary>
/// <remarks>A namespace that is younger than the snapshot makes it look again.</remarks>
public sealed class NamespaceSnapshot
{
    private Dictionary<long, LinuxNamespace> _byId = [];

    /// <summary>The namespaces of a process. Equivalent to: <c>lsns -p PID</c>.</summary>
    /// <param name="processId">Its ID.</param>
    /// <param name="types">Only these kinds; empty for all.</param>
    /// <param name="cancellation">Stops looking.</param>
    /// <returns>One namespace of each kind that the kernel has, in order.</returns>
    /// <exception cref="NsToolsException">There is no such process, it has ended, or the caller may not look.</exception>
    public IReadOnlyList<LinuxNamespace> OfProcess(int processId, IReadOnlyCollection<NamespaceType> types, CancellationToken cancellation)
    {
        using ProcDirectory process = ProcessNamespaces.OpenProcess(processId);
        List<(NamespaceType Type, long Id)> wanted = [];
        foreach (NamespaceType type in ProcessNamespaces.SupportedTypes)
        {
            if (types.Count == 0 || types.Contains(type))
                wanted.Add((type, ProcessNamespaces.ReadId(process, type)));
        }
        Cover(wanted.Select(w => w.Id), cancellation);
        // Not in a fresh snapshot either: the process has ended between the two looks, but its namespaces were these.
        return [.. wanted.Select(w => _byId.GetValueOrDefault(w.Id) ?? new LinuxNamespace { Type = w.Type, Id = w.Id, Path = null })];
    }

    /// <summary>The namespaces that are a set's own and still exist, with the processes in them counted.</summary>
    /// <param name="set">The set.</param>
    /// <param name="types">Only these kinds; empty for all.</param>
    /// <param name="cancellation">Stops looking.</param>
    public IReadOnlyList<LinuxNamespace> OfSet(NamespaceSet set, IReadOnlyCollection<NamespaceType> types, CancellationToken cancellation)
    {
        LinuxNamespace[] wanted = [.. set.Namespaces.Where(n => types.Count == 0 || types.Contains(n.Type))];
        Cover(wanted.Select(n => n.Id), cancellation);
        return [.. wanted.Select(n => _byId.GetValueOrDefault(n.Id)).OfType<LinuxNamespace>().Select(n => n.Name is null ? n with { Name = set.Name } : n)];
    }

    private void Cover(IEnumerable<long> ids, CancellationToken cancellation)
    {
        if (!ids.All(_byId.ContainsKey))
            _byId = NamespaceScanner.Scan([], cancellation).ToDictionary(n => n.Id);
    }
}
