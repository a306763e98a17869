using System.Globalization;
using NsTools.Module.Common;

namespace NsTools.Module.Cgroups;

/// <summary>The full-screen table of Watch-Cgroup.</summary>
/// <param name="sort">What the rows are sorted by at first.</param>
/// <param name="interval">The time between samples at first.</param>
internal sealed class CgroupScreen(CgroupSortKey sort, TimeSpan interval) : TableScreen<CgroupActivity, CgroupSortKey>(sort, interval)
{
    /// <inheritdoc/>
    protected override IReadOnlyDictionary<char, CgroupSortKey> Keys { get; } = new Dictionary<char, CgroupSortKey>
    {
        ['c'] = CgroupSortKey.Cpu,
        ['m'] = CgroupSortKey.Memory,
        ['i'] = CgroupSortKey.Io,
        ['t'] = CgroupSortKey.Tasks,
        ['p'] = CgroupSortKey.Path,
    };

    /// <summary>The rows in a key's order, the largest first.</summary>
    public static IEnumerable<CgroupActivity> Order(IReadOnlyList<CgroupActivity> rows, CgroupSortKey sort) => (sort switch
    {
        CgroupSortKey.Cpu => rows.OrderByDescending(row => row.CpuPercent ?? -1),
        CgroupSortKey.Memory => rows.OrderByDescending(row => row.Memory ?? -1),
        CgroupSortKey.Io => rows.OrderByDescending(row => (row.ReadRate ?? -1) + (row.WriteRate ?? -1)),
        CgroupSortKey.Tasks => rows.OrderByDescending(row => row.Tasks ?? -1),
        _ => rows.OrderBy(row => row.Path, StringComparer.Ordinal),
    }).ThenBy(row => row.Path, StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override IEnumerable<CgroupActivity> Sorted(IReadOnlyList<CgroupActivity> rows, CgroupSortKey sort) => Order(rows, sort);

    /// <inheritdoc/>
    protected override string Header(int width) => $"{Fit("Cgroup", width - 46)} {"Tasks",7} {"%CPU",7} {"Memory",9} {"Read/s",9} {"Write/s",9}";

    /// <inheritdoc/>
    protected override string Line(CgroupActivity row, int width) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Fit(row.Path, width - 46)} {Number(row.Tasks),7} {Percent(row.CpuPercent),7} {Bytes(row.Memory),9} {Bytes(row.ReadRate),9} {Bytes(row.WriteRate),9}");
}
