using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Namespaces;

/// <summary>Ends namespace sets: their holder, what pins them, and what was written down.</summary>
/// <param name="store">Where the sets are kept.</param>
public sealed class NamespaceRemover(NamespaceStore store)
{
    // Each set that is taken costs two descriptors until it is gone.
    private const int AtOnce = 200;

    /// <summary>
    /// Removes sets, many about as fast as one: all holders are told to end before the first is waited for, and what else
    /// is in their namespaces is found in one walk. The processes of a PID namespace end with it.
    /// </summary>
    /// <param name="names">The sets' names.</param>
    /// <param name="endMembers">Whether to end, too, what else still is in one of their namespaces.</param>
    /// <param name="cancellation">Ends waiting for another process that works on a set; not what was begun.</param>
    /// <returns>
    /// What came of each, by name. A failure is an <see cref="NsToolsException"/>: another process works on it
    /// (<c>NamespaceBusy</c>), a process does not end (<c>ProcessDoesNotEnd</c>); or a <see cref="SyscallException"/>: a
    /// process may not be signalled, a mount not be taken away.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<NamespaceRemovalResult> Remove(IEnumerable<string> names, bool endMembers, CancellationToken cancellation) =>
        // In one order for everybody: two that remove the same sets must not wait for each other.
        [.. names.Distinct().Order(StringComparer.Ordinal).Chunk(AtOnce).SelectMany(some => RemoveSome(some, endMembers, cancellation))];

    /// <summary>The equivalent shell command, such as <c>kill 12 &amp;&amp; umount /run/nstools/namespaces/buda/* &amp;&amp; rm -r …</c>.</summary>
    /// <param name="name">The set's name.</param>
    public string Describe(string name)
    {
        string directory = store.EntryOf(name);
        string clear = PinRights.CanPin ? $"umount {directory}/* && rm -r {directory}" : $"rm -r {directory}";
        return store.Find(name) switch
        {
            { ProcessId: > 0 and var holder } => $"kill {holder} && {clear}",
            { State: NamespaceSetState.Pinned } => $"ip netns delete {name} && {clear}",
            _ => clear,
        };
    }

    private List<NamespaceRemovalResult> RemoveSome(string[] names, bool endMembers, CancellationToken cancellation)
    {
        Dictionary<string, Exception> failures = [];
        List<NamespaceRemoval> taken = [];
        try
        {
            foreach (string name in names)
                Try(failures, name, () => Take(name, taken, cancellation));
            EndProcesses(taken, failures, removal => removal.Document?.Holder is { } holder ? [holder] : []);
            ILookup<(NamespaceType Type, long Id), ProcessIdentity> members = NamespaceMembers.Find(taken.SelectMany(NamespacesOf));
            Dictionary<string, ProcessIdentity[]> remaining = taken.ToDictionary(
                removal => removal.Name, removal => NamespacesOf(removal).SelectMany(n => members[n]).Distinct().OrderBy(p => p.ProcessId).ToArray());
            if (endMembers)
            {
                EndProcesses(taken, failures, removal => remaining[removal.Name]);
                remaining.Clear();
            }
            foreach (NamespaceRemoval removal in taken.Where(r => !failures.ContainsKey(r.Name)))
                Try(failures, removal.Name, removal.Complete);
            return
            [
                .. names.Select(name => new NamespaceRemovalResult(
                    name, [.. remaining.GetValueOrDefault(name, []).Select(p => p.ProcessId)], failures.GetValueOrDefault(name))),
            ];
        }
        finally
        {
            taken.ForEach(removal => removal.Dispose());
        }
    }

    private void Take(string name, List<NamespaceRemoval> taken, CancellationToken cancellation)
    {
        // Null when somebody else has removed it meanwhile.
        if (store.Take(name, cancellation) is { } removal)
            taken.Add(removal);
    }

    private static void EndProcesses(List<NamespaceRemoval> removals, Dictionary<string, Exception> failures, Func<NamespaceRemoval, IEnumerable<ProcessIdentity>> choose)
    {
        using ProcessEnding ending = new();
        foreach (NamespaceRemoval removal in removals)
        {
            foreach (ProcessIdentity process in choose(removal))
                Try(failures, removal.Name, () => ending.Begin(removal.Name, process));
        }
        foreach ((string name, Exception failure) in ending.Finish())
            failures.TryAdd(name, failure);
    }

    private static IEnumerable<(NamespaceType Type, long Id)> NamespacesOf(NamespaceRemoval removal) =>
        removal.Document?.Namespaces.Select(n => (n.Key, n.Value)) ?? [];

    private static void Try(Dictionary<string, Exception> failures, string name, Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure) when (failure is NsToolsException or SyscallException or IOException or UnauthorizedAccessException)
        {
            failures.TryAdd(name, failure);
        }
    }
}
