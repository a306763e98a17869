using System.Globalization;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Namespaces;

/// <summary>Finds the processes that are in given namespaces.</summary>
internal static class NamespaceMembers
{
    /// <summary>IDs of the visible processes that are in one of the namespaces, ascending.</summary>
    /// <param name="namespaces">The namespaces' identities by type.</param>
    public static IReadOnlyList<int> Find(IReadOnlyDictionary<NamespaceType, long> namespaces) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0 && IsMember(id, namespaces))
            .Order(),
    ];

    /// <summary>True when the process is in one of the namespaces.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="namespaces">The namespaces' identities by type.</param>
    public static bool IsMember(int processId, IReadOnlyDictionary<NamespaceType, long> namespaces)
    {
        try
        {
            // A zombie still has its PID and user namespace, but is no member that could be ended.
            return namespaces.Any(n => NamespaceFile.Identify($"/proc/{processId}/ns/{n.Key.ProcName()}") == n.Value)
                && ProcessIdentity.Of(processId) is { IsAlive: true };
        }
        catch (SyscallException hidden) when (hidden.Name is "EACCES" or "EPERM")
        {
            // Another user's: the caller could not end it either.
            return false;
        }
    }
}
