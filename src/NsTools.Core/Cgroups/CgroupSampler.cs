using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Samples cgroups again and again, and tells what each did since the sample before.</summary>
/// <param name="system">The hierarchies.</param>
/// <param name="tops">The cgroups to sample, each with those beneath it.</param>
/// <param name="depth">How many levels beneath.</param>
public sealed class CgroupSampler(CgroupSystem system, IReadOnlyList<CgroupReference> tops, int depth)
{
    private readonly CgroupFinder _finder = new(system);
    private Dictionary<string, CgroupStatistic> _before = [];

    /// <summary>Takes a sample.</summary>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>A row a cgroup; rates are null for those that the sample before did not have.</returns>
    public IReadOnlyList<CgroupActivity> Sample(CancellationToken cancellation)
    {
        Dictionary<string, CgroupStatistic> now = [];
        List<CgroupActivity> rows = [];
        Dictionary<string, int> uncounted = [];
        foreach (CgroupReference reference in tops.SelectMany(top => WithBeneath(top, depth)))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                using CgroupHandle? handle = system.TryOpen(reference);
                if (handle is null || now.ContainsKey(reference.Path))
                    continue;
                CgroupStatistic statistic = CgroupStatistics.Read(handle);
                now[reference.Path] = statistic;
                if (statistic.PidsUsage is null)
                    uncounted[reference.Path] = rows.Count;
                rows.Add(CgroupStatistics.Between(
                    _before.GetValueOrDefault(reference.Path), statistic, statistic.PidsUsage is null ? handle.Processes().Count : 0));
            }
            catch (SyscallException gone) when (gone.Name is "ENODEV" or "ENOENT")
            {
                // Removed between being found and being read.
            }
        }
        // The pids controller counts what is beneath, too, as do all others; where it is missing, we do, children before parents.
        for (int i = rows.Count - 1; i > 0; i--)
        {
            if (uncounted.TryGetValue(Parent(rows[i].Path), out int parent) && parent != i)
                rows[parent] = rows[parent] with { Tasks = rows[parent].Tasks + rows[i].Tasks };
        }
        _before = now;
        return rows;
    }

    private static string Parent(string path) => path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : "/";

    private IEnumerable<CgroupReference> WithBeneath(CgroupReference top, int levels) =>
        levels == 0 ? [top] : [top, .. _finder.Children(top).SelectMany(child => WithBeneath(child, levels - 1))];
}
