using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Namespaces;

/// <summary>Finds the processes that are in given namespaces.</summary>
internal static class NamespaceMembers
{
    /// <summary>The visible processes that are in one of the namespaces, found in one walk however many those are.</summary>
    /// <param name="namespaces">The namespaces' types and identities.</param>
    /// <returns>For each namespace that has any, the processes in it, ascending.</returns>
    public static ILookup<(NamespaceType Type, long Id), ProcessIdentity> Find(IEnumerable<(NamespaceType Type, long Id)> namespaces)
    {
        HashSet<(NamespaceType Type, long Id)> wanted = [.. namespaces];
        NamespaceType[] types = [.. wanted.Select(n => n.Type).Distinct()];
        List<((NamespaceType, long) Namespace, ProcessIdentity Process)> found = [];
        if (types.Length > 0)
        {
            foreach (int processId in ProcDirectory.EnumerateProcesses().Order())
                AddNamespacesOf(processId, types, wanted, found);
        }
        return found.ToLookup(f => f.Namespace, f => f.Process);
    }

    private static void AddNamespacesOf(
        int processId, NamespaceType[] types, HashSet<(NamespaceType, long)> wanted, List<((NamespaceType, long), ProcessIdentity)> found)
    {
        try
        {
            List<(NamespaceType, long)> own = [];
            ProcessIdentity? before = null;
            foreach (NamespaceType type in types)
            {
                if (NamespaceFile.Identify($"/proc/{processId}/ns/{type.ProcName()}") is not { } id || !wanted.Contains((type, id)))
                    continue;
                own.Add((type, id));
                before ??= ProcessIdentity.Of(processId);
            }
            // Looked at again, on what is known to be one process: the number could have become another's meanwhile. A zombie still has its PID and user namespace, but is no member that could be ended.
            if (before is { IsAlive: true } process && NamespaceFile.Identify($"/proc/{processId}/ns/{own[0].Item1.ProcName()}") == own[0].Item2)
                found.AddRange(own.Select(n => (n, process)));
        }
        catch (SyscallException hidden) when (hidden.Name is "EACCES" or "EPERM")
        {
            // Another user's: the caller could not end it either.
        }
    }
}
