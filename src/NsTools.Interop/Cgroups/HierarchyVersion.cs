namespace NsTools.Interop.Cgroups;

/// <summary>The two kernel interfaces to cgroups (<c>cgroups(7)</c>).</summary>
public enum HierarchyVersion
{
    /// <summary>A hierarchy for one or some controllers (Documentation/admin-guide/cgroup-v1).</summary>
    V1 = 1,

    /// <summary>The unified hierarchy (Documentation/admin-guide/cgroup-v2.rst).</summary>
    V2 = 2,
}
