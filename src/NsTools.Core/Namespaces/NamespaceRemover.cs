using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using Tmds.Linux;

namespace NsTools.Namespaces;

/// <summary>Ends namespace sets: their holder, what pins them, and what was written down.</summary>
/// <param name="store">Where the sets are kept.</param>
public sealed class NamespaceRemover(NamespaceStore store)
{
    // nsrun ends at once on SIGTERM; one that does not is stopped or stuck.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Removes a set. The processes of its own PID namespace end with it.</summary>
    /// <param name="name">The set's name.</param>
    /// <param name="endMembers">Whether to end, too, what else still is in one of its namespaces.</param>
    /// <param name="cancellation">Ends waiting for another process that works on the set; not what was begun.</param>
    /// <returns>IDs of the processes that go on in its namespaces; null when there was no such set.</returns>
    /// <exception cref="NsToolsException">Another process works on it (<c>NamespaceBusy</c>), or a process does not end (<c>ProcessDoesNotEnd</c>).</exception>
    /// <exception cref="Interop.Syscalls.SyscallException">A process may not be signalled, or a mount not be taken away.</exception>
    public IReadOnlyList<int>? Remove(string name, bool endMembers, CancellationToken cancellation)
    {
        using NamespaceRemoval? removal = store.Take(name, cancellation);
        if (removal is null)
            return null;
        IReadOnlyList<int> remaining = [];
        if (removal.Document is { } document)
        {
            using (SafeFileHandle? holder = ProcessDescriptor.Open(document.Holder))
            {
                if (holder is not null)
                    End(holder, document.Holder.ProcessId);
            }
            remaining = NamespaceMembers.Find(document.Namespaces);
            if (endMembers)
            {
                foreach (int member in remaining)
                    EndMember(member, document.Namespaces);
                remaining = [];
            }
        }
        removal.Complete();
        return remaining;
    }

    /// <summary>The equivalent shell command, such as <c>kill 12 &amp;&amp; umount /run/nstools/namespaces/buda/* &amp;&amp; rm -r …</c>.</summary>
    /// <param name="name">The set's name.</param>
    public string Describe(string name)
    {
        string directory = store.EntryOf(name);
        string clear = LibC.geteuid() == 0 ? $"umount {directory}/* && rm -r {directory}" : $"rm -r {directory}";
        return store.Find(name) is { ProcessId: > 0 and var holder } ? $"kill {holder} && {clear}" : clear;
    }

    private static void EndMember(int processId, IReadOnlyDictionary<NamespaceType, long> namespaces)
    {
        using SafeFileHandle? process = ProcessIdentity.Of(processId) is { } identity ? ProcessDescriptor.Open(identity) : null;
        // Looked at again on the descriptor's process: the number could have become another's since.
        if (process is not null && NamespaceMembers.IsMember(processId, namespaces))
            End(process, processId);
    }

    private static void End(SafeFileHandle process, int processId)
    {
        ProcessDescriptor.Signal(process, LibC.SIGTERM);
        // A stopped process takes SIGTERM only when it goes on.
        ProcessDescriptor.Signal(process, LibC.SIGCONT);
        if (ProcessDescriptor.WaitForExit(process, s_grace))
            return;
        ProcessDescriptor.Signal(process, LibC.SIGKILL);
        if (!ProcessDescriptor.WaitForExit(process, s_patience))
        {
            throw new NsToolsException(
                FailureKind.InvalidState,
                "ProcessDoesNotEnd",
                $"Process {processId} does not end, though it was killed: it waits inside the kernel (state D in ps).",
                "Remove the set again once the process is gone.");
        }
    }
}
