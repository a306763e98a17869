namespace NsTools.Interop.Cgroups;

/// <summary>One controller of one interface: which settings it has, and how they are written to and read from its files.</summary>
public abstract class CgroupController
{
    /// <summary>Its name in <c>/proc/cgroups</c> and <c>cgroup.controllers</c>; empty for the core of v2, which every cgroup has.</summary>
    public abstract string Name { get; }

    /// <summary>Which interface it speaks.</summary>
    public abstract HierarchyVersion Version { get; }

    /// <summary>The settings that it can express.</summary>
    public virtual CgroupSetting Settings => CgroupSetting.None;

    /// <summary>True when a new cgroup is of no use before <see cref="Initialize"/>.</summary>
    public virtual bool NeedsParent => false;

    /// <summary>Does what a new cgroup needs before it is of use.</summary>
    /// <param name="cgroup">The new cgroup in this controller's hierarchy.</param>
    /// <param name="parent">Its parent.</param>
    /// <exception cref="Syscalls.SyscallException">The kernel refused it.</exception>
    public virtual void Initialize(CgroupDirectory cgroup, CgroupDirectory parent)
    {
    }

    /// <summary>Writes those of the wanted settings that are its own, in the order that the kernel accepts.</summary>
    /// <param name="cgroup">The cgroup in this controller's hierarchy.</param>
    /// <param name="wanted">The settings; null ones are left as they are.</param>
    /// <exception cref="Syscalls.SyscallException">The kernel refused one.</exception>
    public virtual void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
    }

    /// <summary>Reads its settings.</summary>
    /// <param name="cgroup">The cgroup in this controller's hierarchy.</param>
    /// <param name="resources">What others have read.</param>
    /// <returns>That with this controller's own added.</returns>
    public virtual CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources) => resources;

    /// <summary>Reads its counters.</summary>
    /// <param name="cgroup">The cgroup in this controller's hierarchy.</param>
    /// <param name="counters">What others have counted.</param>
    /// <returns>That with this controller's own added.</returns>
    public virtual CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters) => counters;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
