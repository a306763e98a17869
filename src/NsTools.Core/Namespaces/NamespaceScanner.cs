using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>
/// Finds the namespaces that the caller can see, as <c>lsns(8)</c> does: those that processes are in, those held only by
/// a bind mount or an open descriptor, and parents and owners that only the kernel still knows.
/// </summary>
public static class NamespaceScanner
{
    private static readonly NamespaceType[] s_allTypes = Enum.GetValues<NamespaceType>();

    /// <summary>Equivalent to: <c>lsns</c>, or <c>lsns -t TYPE</c>.</summary>
    /// <param name="types">Only these kinds; empty for all.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>
    /// The namespaces, ordered by kind and identity. What an ordinary user may not look at is left out, from the counts too.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="Interop.Syscalls.SyscallException"><c>/proc</c> cannot be read.</exception>
    public static IReadOnlyList<LinuxNamespace> Scan(IReadOnlyCollection<NamespaceType> types, CancellationToken cancellation)
    {
        // An owner, a user namespace, can be found through a namespace of any kind; mountinfo is told apart by mount namespace.
        HashSet<NamespaceType> walked = types.Count == 0 || types.Contains(NamespaceType.User)
            ? [.. s_allTypes]
            : [.. types, NamespaceType.Mount];
        NamespaceTable table = new();
        ProcessWalk processes = new(table, walked);
        processes.Run(cancellation);
        new MountWalk(table, walked).Run(processes.MountNamespaceProcesses, cancellation);
        new RelationWalk(table, walked).Run(cancellation);
        Dictionary<long, string> names = [];
        foreach (LinuxNamespace own in NamespaceStore.Current.List().SelectMany(s => s.Namespaces))
            names[own.Id] = own.Name!;
        return Describe(table.Entries.Where(e => types.Count == 0 || types.Contains(e.Type)), names);
    }

    private static List<LinuxNamespace> Describe(IEnumerable<NamespaceEntry> entries, Dictionary<long, string> names)
    {
        Dictionary<int, (string? Command, uint? UserId)> processes = [];
        List<LinuxNamespace> namespaces = [];
        foreach (NamespaceEntry entry in entries)
        {
            (string? command, uint? userId) = entry.ProcessId > 0 ? DescribeProcess(entry.ProcessId, processes) : default;
            namespaces.Add(new LinuxNamespace
            {
                Type = entry.Type,
                Id = entry.Id,
                Path = entry.Path,
                Name = names.GetValueOrDefault(entry.Id) ?? entry.Name,
                ProcessId = entry.ProcessId > 0 ? entry.ProcessId : null,
                ProcessCount = entry.ProcessCount,
                Command = command,
                OwnerUserId = userId ?? entry.OwnerUserId,
                ParentId = entry.ParentId,
            });
        }
        namespaces.Sort((a, b) => a.Type != b.Type ? a.Type.CompareTo(b.Type) : a.Id.CompareTo(b.Id));
        return namespaces;
    }

    private static (string? Command, uint? UserId) DescribeProcess(int processId, Dictionary<int, (string?, uint?)> known)
    {
        if (known.TryGetValue(processId, out (string?, uint?) description))
            return description;
        using ProcDirectory? process = ProcDirectory.TryOpen(processId, out _);
        return known[processId] = (process?.ReadCommand(), process?.ReadUserId());
    }
}
