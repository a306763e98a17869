using NsTools.Interop.Cgroups;
using NsTools.Interop.Processes;

namespace NsTools.Cgroups;

/// <summary>Ends the processes of a cgroup.</summary>
/// <param name="system">The hierarchies.</param>
public sealed class CgroupStopper(CgroupSystem system)
{
    private const int Terminate = 15;
    private const int KillSignal = 9;
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(5);

    /// <summary>Kills all processes and waits until none is left: <c>cgroup.kill</c> where the kernel has it, otherwise signals until empty.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="recurse">Whether cgroups beneath it, too; always so where <c>cgroup.kill</c> is used.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NsToolsException">It is the root (<c>CgroupIsRoot</c>) or this very process is in it (<c>CgroupHasSelf</c>).</exception>
    public void Kill(CgroupReference reference, bool recurse, CancellationToken cancellation)
    {
        CgroupReference[] all = All(reference, recurse, cancellation);
        Guard(reference, all);
        using (CgroupHandle handle = system.Open(reference))
        {
            // Frozen v1 processes get the signal only when they are thawed; v2 kills them frozen.
            foreach (CgroupDirectory directory in handle.Directories.Where(directory => directory.Hierarchy.Version == HierarchyVersion.V1 && CgroupFreezer.CanFreeze(directory)))
                CgroupFreezer.Request(directory, frozen: false);
            if (recurse && handle.Directories.FirstOrDefault(directory => directory.Has("cgroup.kill")) is { } unified)
                unified.Write("cgroup.kill", "1");
        }
        // A process may fork between look and signal: look again until nobody is left.
        while (SignalAll(all, KillSignal) > 0)
        {
            cancellation.WaitHandle.WaitOne(s_poll);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Asks all processes to end (<c>SIGTERM</c>), and kills those that are left when the time is up.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="recurse">Whether cgroups beneath it, too.</param>
    /// <param name="grace">How long they have.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NsToolsException">As for <see cref="Kill"/>.</exception>
    public void Stop(CgroupReference reference, bool recurse, TimeSpan grace, CancellationToken cancellation)
    {
        CgroupReference[] all = All(reference, recurse, cancellation);
        Guard(reference, all);
        long deadline = Environment.TickCount64 + (long)grace.TotalMilliseconds;
        SignalAll(all, Terminate);
        while (Environment.TickCount64 < deadline)
        {
            if (Processes(all).Count == 0)
                return;
            cancellation.WaitHandle.WaitOne(s_poll);
            cancellation.ThrowIfCancellationRequested();
        }
        Kill(reference, recurse, cancellation);
    }

    private CgroupReference[] All(CgroupReference reference, bool recurse, CancellationToken cancellation) =>
        recurse ? [reference, .. new CgroupFinder(system).Descendants(reference, cancellation)] : [reference];

    private void Guard(CgroupReference reference, CgroupReference[] all)
    {
        if (reference.Path == "/")
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "CgroupIsRoot", "The root cgroup has processes of the whole system, which are not ended.", "Name a cgroup beneath it.");
        }
        if (Processes(all).Contains(Environment.ProcessId))
        {
            throw new NsToolsException(
                FailureKind.InvalidState, "CgroupHasSelf", $"This very process ({Environment.ProcessId}) is in the cgroup '{reference.Path}'.",
                "Move it out first: Add-CgroupProcess -Cgroup / -ProcessId $PID.");
        }
    }

    private int SignalAll(CgroupReference[] all, int signal)
    {
        SortedSet<int> processes = Processes(all);
        foreach (int process in processes)
            ProcessSignal.TrySend(process, signal);
        return processes.Count;
    }

    private SortedSet<int> Processes(CgroupReference[] all)
    {
        SortedSet<int> processes = [];
        foreach (CgroupReference each in all)
        {
            using CgroupHandle? handle = system.TryOpen(each);
            if (handle is not null)
                processes.UnionWith(handle.Processes().Where(process => process > 0));
        }
        return processes;
    }
}
