namespace NsTools.Interop.Cgroups;

/// <summary>Freezing a cgroup's processes (cgroup-v1/freezer-subsystem.rst; <c>cgroup.freeze</c> on v2).</summary>
public static class CgroupFreezer
{
    private const string State = "freezer.state";
    private const string Freeze = "cgroup.freeze";

    /// <summary>True when the cgroup's hierarchy can freeze it: v1 with the freezer controller, or v2 (not its root).</summary>
    /// <param name="cgroup">The cgroup.</param>
    public static bool CanFreeze(CgroupDirectory cgroup) =>
        cgroup.Path != "/" && (cgroup.Hierarchy.Version == HierarchyVersion.V2 || cgroup.Hierarchy.Controllers.Contains("freezer"));

    /// <summary>Asks the kernel to freeze or thaw it and its descendants; it is done when <see cref="IsFrozen"/> says so.</summary>
    /// <param name="cgroup">A cgroup that <see cref="CanFreeze"/>.</param>
    /// <param name="frozen">What is wanted.</param>
    /// <exception cref="Syscalls.SyscallException">The kernel refused it.</exception>
    public static void Request(CgroupDirectory cgroup, bool frozen)
    {
        if (cgroup.Hierarchy.Version == HierarchyVersion.V2)
            cgroup.Write(Freeze, frozen ? "1" : "0");
        else
            cgroup.Write(State, frozen ? "FROZEN" : "THAWED");
    }

    /// <summary>True when it is frozen, whether by itself or by an ancestor.</summary>
    /// <param name="cgroup">A cgroup that <see cref="CanFreeze"/>.</param>
    /// <exception cref="Syscalls.SyscallException">Its state cannot be read.</exception>
    public static bool IsFrozen(CgroupDirectory cgroup) => cgroup.Hierarchy.Version == HierarchyVersion.V2
        ? ControlFile.Keyed(cgroup.TryRead("cgroup.events"), "frozen") == 1
        // FREEZING means that some task has not stopped yet; reading the state updates it.
        : cgroup.TryRead(State) == "FROZEN";
}
