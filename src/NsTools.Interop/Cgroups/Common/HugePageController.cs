using static NsTools.Interop.Cgroups.ControlFile;

namespace NsTools.Interop.Cgroups;

/// <summary><c>hugetlb</c> (cgroup-v1/hugetlb.rst, cgroup-v2.rst): the same on both but for the files' names.</summary>
/// <param name="version">The interface.</param>
public sealed class HugePageController(HierarchyVersion version) : CgroupController
{
    private const long Kilo = 1024;

    private static readonly Lazy<string[]> s_pageSizes = new(FindPageSizes);

    /// <inheritdoc/>
    public override string Name => "hugetlb";

    /// <inheritdoc/>
    public override HierarchyVersion Version => version;

    /// <inheritdoc/>
    public override CgroupSetting Settings => CgroupSetting.HugePage;

    /// <summary>The machine's sizes of huge pages as control files name them: <c>2MB</c>, <c>1GB</c>.</summary>
    public static IReadOnlyList<string> PageSizes => s_pageSizes.Value;

    private string Limit => version == HierarchyVersion.V2 ? "max" : "limit_in_bytes";

    /// <inheritdoc/>
    public override void Apply(CgroupDirectory cgroup, CgroupResources wanted)
    {
        foreach (CgroupHugePageLimit limit in wanted.HugePage ?? [])
        {
            // v1 takes -1, and a plain "max" on v2.
            string value = limit.Limit == Unlimited && version == HierarchyVersion.V1 ? "-1" : NumberOrMax(limit.Limit);
            cgroup.Write($"hugetlb.{limit.PageSize}.{Limit}", value);
        }
    }

    /// <inheritdoc/>
    public override CgroupResources Read(CgroupDirectory cgroup, CgroupResources resources)
    {
        List<CgroupHugePageLimit> limits = [];
        foreach (string size in PageSizes)
        {
            // Without a limit both versions show the largest counter, rounded down to pages: v2 as "max", v1 as a number.
            if (Value(cgroup.TryRead($"hugetlb.{size}.{Limit}")) is { } limit)
                limits.Add(new CgroupHugePageLimit(size, limit >= Unlimited - (4 * Kilo * Kilo * Kilo) ? Unlimited : limit));
        }
        return limits.Count == 0 ? resources : resources with { HugePage = [.. limits] };
    }

    /// <inheritdoc/>
    public override CgroupCounters Count(CgroupDirectory cgroup, CgroupCounters counters)
    {
        List<CgroupHugePageUsage> usages = [];
        foreach (string size in PageSizes)
        {
            string prefix = $"hugetlb.{size}.";
            long? refused = version == HierarchyVersion.V2
                ? Keyed(cgroup.TryRead(prefix + "events"), "max")
                : Value(cgroup.TryRead(prefix + "failcnt"));
            if (Value(cgroup.TryRead(prefix + (version == HierarchyVersion.V2 ? "current" : "usage_in_bytes"))) is { } usage)
                usages.Add(new CgroupHugePageUsage(size, usage, refused ?? 0));
        }
        return usages.Count == 0 ? counters : counters with { HugePage = [.. usages] };
    }

    private static string[] FindPageSizes()
    {
        const string Folder = "/sys/kernel/mm/hugepages";
        return !Directory.Exists(Folder)
            ? []
            : [.. Directory.EnumerateDirectories(Folder)
                .Select(folder => Path.GetFileName(folder))
                .Where(name => name.StartsWith("hugepages-", StringComparison.Ordinal) && name.EndsWith("kB", StringComparison.Ordinal))
                .Select(name => Value(name.AsSpan()["hugepages-".Length..^2]) ?? 0)
                .Order()
                .Select(Format)];
    }

    // mem_fmt of mm/hugetlb_cgroup.c.
    private static string Format(long kilobytes) => kilobytes switch
    {
        >= Kilo * Kilo => $"{kilobytes / Kilo / Kilo}GB",
        >= Kilo => $"{kilobytes / Kilo}MB",
        _ => $"{kilobytes}KB",
    };
}
