using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>The processes of a container's cgroup, those of cgroups beneath it too: listed, frozen, signalled.</summary>
public static class ContainerProcesses
{
    private const int KillSignal = 9;
    private const int FreezeMilliseconds = 10_000;

    // Where a process surely is: the unified hierarchy's cgroups show all, and of v1 a process may leave some by itself
    // only when it has a cgroup file system to write to.
    private static readonly string[] s_order = ["pids", "freezer", "devices", "memory"];

    /// <summary>IDs of all processes in it and beneath it, ascending.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <exception cref="SyscallException">They cannot be read.</exception>
    public static IReadOnlyCollection<int> List(ContainerCgroup cgroup)
    {
        SortedSet<int> processes = [];
        if (Best(cgroup) is { } directory)
            Collect(directory, processes);
        processes.Remove(0); // outside the caller's PID namespace
        return processes;
    }

    /// <summary>True when all its processes are frozen.</summary>
    /// <param name="cgroup">The cgroup.</param>
    public static bool IsFrozen(ContainerCgroup cgroup) => Freezer(cgroup) is { } freezer && CgroupFreezer.IsFrozen(freezer);

    /// <summary>Freezes or thaws all its processes, and waits until it is so.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="frozen">What is wanted.</param>
    /// <exception cref="SyscallException">
    /// The kernel refused it; <c>ENOTSUP</c> when no hierarchy of the cgroup can freeze; <c>ETIMEDOUT</c> when a process could not be frozen in 10 s
    /// (all are thawed again then).
    /// </exception>
    public static void SetFrozen(ContainerCgroup cgroup, bool frozen)
    {
        CgroupDirectory freezer = Freezer(cgroup)
            ?? throw new SyscallException("freeze", Tmds.Linux.LibC.ENOTSUP, null, "the container has no cgroup with the freezer of v1 nor one of v2");
        CgroupFreezer.Request(freezer, frozen);
        if (!frozen)
            return; // a thawed process runs as soon as it may: nothing to wait for
        long end = Environment.TickCount64 + FreezeMilliseconds;
        for (int attempt = 1; !CgroupFreezer.IsFrozen(freezer); attempt++)
        {
            if (Environment.TickCount64 > end)
            {
                CgroupFreezer.Request(freezer, frozen: false);
                throw new SyscallException("freeze", Tmds.Linux.LibC.ETIMEDOUT, freezer.ToString(), "a process of the container cannot be frozen");
            }
            Thread.Sleep(attempt < 10 ? 0 : 1);
            // v1: one that was about to sleep unkillably when it was asked needs to be asked again (freezer-subsystem.rst).
            if (attempt % 100 == 0 && freezer.Hierarchy.Version == HierarchyVersion.V1)
            {
                CgroupFreezer.Request(freezer, frozen: false);
                CgroupFreezer.Request(freezer, frozen);
            }
        }
    }

    /// <summary>Sends a signal to all its processes; none that is born meanwhile escapes it.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="signal">The signal's number.</param>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public static void Signal(ContainerCgroup cgroup, int signal)
    {
        // cgroup.kill (Linux 5.14) takes all beneath, frozen or not, in one step. On a hybrid system v1's freezer holds them until they are thawed.
        if (signal == KillSignal
            && cgroup.Directories.FirstOrDefault(directory => directory.Hierarchy.Version == HierarchyVersion.V2) is { } unified
            && unified.TryWrite("cgroup.kill", "1") == 0)
        {
            if (Freezer(cgroup) is { Hierarchy.Version: HierarchyVersion.V1 } holder)
                CgroupFreezer.Request(holder, frozen: false);
            return;
        }
        CgroupDirectory? freezer = Freezer(cgroup);
        bool wasFrozen = freezer is not null && CgroupFreezer.IsFrozen(freezer);
        if (freezer is not null && !wasFrozen)
            SetFrozen(cgroup, frozen: true);
        try
        {
            foreach (int process in List(cgroup))
                ProcessSignal.TrySend(process, signal);
        }
        finally
        {
            // A pause stays one, unless its processes are to die of the signal.
            if (freezer is not null && (!wasFrozen || signal == KillSignal))
                CgroupFreezer.Request(freezer, frozen: false);
        }
    }

    // On a hybrid system v1's: what it has frozen never reaches the place where v2 counts it as frozen.
    private static CgroupDirectory? Freezer(ContainerCgroup cgroup) => cgroup.Directories.FirstOrDefault(CgroupFreezer.CanFreeze);

    private static CgroupDirectory? Best(ContainerCgroup cgroup) =>
        cgroup.Directories.FirstOrDefault(directory => directory.Hierarchy.Version == HierarchyVersion.V2)
        ?? s_order.Select(controller => cgroup.Directories.FirstOrDefault(directory => directory.Hierarchy.Controllers.Contains(controller))).FirstOrDefault(found => found is not null)
        ?? (cgroup.Directories.Count > 0 ? cgroup.Directories[0] : null);

    private static void Collect(CgroupDirectory directory, SortedSet<int> processes)
    {
        try
        {
            processes.UnionWith(directory.Processes());
        }
        catch (SyscallException threaded) when (threaded.Name == "EOPNOTSUPP")
        {
            // The processes of a threaded cgroup are those of the domain above it, which is beneath the container or is it.
        }
        catch (SyscallException gone) when (gone.Name == "ENODEV")
        {
            return;
        }
        foreach (string name in directory.Children())
        {
            using CgroupDirectory? child = directory.Hierarchy.TryOpen($"{directory.Path}/{name}");
            if (child is not null)
                Collect(child, processes);
        }
    }
}
