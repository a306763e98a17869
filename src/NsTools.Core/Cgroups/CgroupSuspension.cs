using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Freezes and thaws cgroups.</summary>
public static class CgroupSuspension
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(1);

    /// <summary>The equivalent shell command.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="frozen">What is wanted.</param>
    public static string Describe(CgroupHandle cgroup, bool frozen) => string.Join("; ", Freezers(cgroup, frozen).Select(freezer =>
        freezer.Hierarchy.Version == HierarchyVersion.V2 ? $"echo {(frozen ? 1 : 0)} > {freezer}/cgroup.freeze" : $"echo {(frozen ? "FROZEN" : "THAWED")} > {freezer}/freezer.state"));

    /// <summary>Freezes or thaws a cgroup with all beneath it, and waits until it is so.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="frozen">What is wanted.</param>
    /// <param name="cancellation">Ends the wait; a freeze that was begun is undone.</param>
    /// <exception cref="NsToolsException">
    /// It cannot be frozen (<c>CannotFreeze</c>), this very process is in it (<c>CgroupHasSelf</c>), or a cgroup above
    /// it keeps it frozen (<c>ParentFrozen</c>).
    /// </exception>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public static void Set(CgroupHandle cgroup, bool frozen, CancellationToken cancellation)
    {
        CgroupDirectory[] freezers = Freezers(cgroup, frozen);
        if (freezers.Length == 0)
        {
            throw new NsToolsException(
                FailureKind.NotSupported, "CannotFreeze", $"'{cgroup.Path}' cannot be frozen: it is the root, or has neither v1's freezer controller nor a v2 directory.",
                "Make it with the freezer: New-Cgroup -Controller freezer.");
        }
        if (frozen && IsOwn(cgroup))
        {
            throw new NsToolsException(
                FailureKind.InvalidState, "CgroupHasSelf", $"This very process ({Environment.ProcessId}) is in '{cgroup.Path}' or beneath it, and would freeze with it.",
                "Move it out first: Add-CgroupProcess -Cgroup / -ProcessId $PID.");
        }
        foreach (CgroupDirectory freezer in freezers)
            CgroupFreezer.Request(freezer, frozen);
        try
        {
            foreach (CgroupDirectory freezer in freezers)
                Wait(freezer, frozen, cancellation);
        }
        catch (OperationCanceledException) when (frozen)
        {
            foreach (CgroupDirectory freezer in freezers)
                CgroupFreezer.Request(freezer, frozen: false);
            throw;
        }
    }

    // On a hybrid system one of both, v1's: what v1 has frozen never reaches the place where v2 counts it as frozen.
    private static CgroupDirectory[] Freezers(CgroupHandle cgroup, bool frozen) =>
        [.. cgroup.Directories.Where(CgroupFreezer.CanFreeze).Take(frozen ? 1 : int.MaxValue)];

    private static void Wait(CgroupDirectory freezer, bool frozen, CancellationToken cancellation)
    {
        while (CgroupFreezer.IsFrozen(freezer) != frozen)
        {
            if (!frozen && ParentIsFrozen(freezer))
            {
                throw new NsToolsException(
                    FailureKind.InvalidState, "ParentFrozen", $"'{freezer.Path}' stays frozen because a cgroup above it is.", "Resume-Cgroup that one.");
            }
            cancellation.WaitHandle.WaitOne(s_poll);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static bool ParentIsFrozen(CgroupDirectory freezer)
    {
        string parentPath = freezer.Path[..freezer.Path.LastIndexOf('/')];
        if (parentPath.Length == 0)
            return false;
        using CgroupDirectory? parent = freezer.Hierarchy.TryOpen(parentPath);
        return parent is not null && CgroupFreezer.IsFrozen(parent);
    }

    private static bool IsOwn(CgroupHandle cgroup)
    {
        using CgroupSystem system = CgroupSystem.Open();
        return system.OfProcess(Environment.ProcessId).Any(own =>
            own.Path == cgroup.Path || own.Path.StartsWith(cgroup.Path + "/", StringComparison.Ordinal));
    }
}
