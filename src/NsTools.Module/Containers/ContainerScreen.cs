using System.Globalization;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>What Watch-Container sorts by.</summary>
public enum ContainerSortKey
{
    /// <summary>CPU use.</summary>
    Cpu,

    /// <summary>Memory in use.</summary>
    Memory,

    /// <summary>Network traffic.</summary>
    Network,

    /// <summary>Block I/O.</summary>
    Io,

    /// <summary>Processes and threads.</summary>
    Processes,

    /// <summary>The name.</summary>
    Name,
}

/// <summary>The full-screen table of Watch-Container.</summary>
/// <param name="sort">What the rows are sorted by at first.</param>
/// <param name="interval">The time between samples at first.</param>
internal sealed class ContainerScreen(ContainerSortKey sort, TimeSpan interval) : TableScreen<ContainerStatistic, ContainerSortKey>(sort, interval)
{
    /// <inheritdoc/>
    protected override IReadOnlyDictionary<char, ContainerSortKey> Keys { get; } = new Dictionary<char, ContainerSortKey>
    {
        ['c'] = ContainerSortKey.Cpu,
        ['m'] = ContainerSortKey.Memory,
        ['w'] = ContainerSortKey.Network,
        ['i'] = ContainerSortKey.Io,
        ['p'] = ContainerSortKey.Processes,
        ['n'] = ContainerSortKey.Name,
    };

    /// <summary>The rows in a key's order, the largest first.</summary>
    public static IEnumerable<ContainerStatistic> Order(IReadOnlyList<ContainerStatistic> rows, ContainerSortKey sort) => (sort switch
    {
        ContainerSortKey.Cpu => rows.OrderByDescending(row => row.CpuPercent ?? -1),
        ContainerSortKey.Memory => rows.OrderByDescending(row => row.MemoryUsage ?? -1),
        ContainerSortKey.Network => rows.OrderByDescending(row => (row.NetworkReceived ?? -1) + (row.NetworkSent ?? -1)),
        ContainerSortKey.Io => rows.OrderByDescending(row => (row.BlockRead ?? -1) + (row.BlockWritten ?? -1)),
        ContainerSortKey.Processes => rows.OrderByDescending(row => row.Processes ?? -1),
        _ => rows.OrderBy(row => row.Container, StringComparer.Ordinal),
    }).ThenBy(row => row.Container, StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override IEnumerable<ContainerStatistic> Sorted(IReadOnlyList<ContainerStatistic> rows, ContainerSortKey sort) => Order(rows, sort);

    /// <inheritdoc/>
    protected override string Header(int width) =>
        $"{Fit("Container", width - 68)} {"PIDs",6} {"%CPU",7} {"Memory",9} {"%Mem",6} {"Net in",8} {"Net out",8} {"Read",8} {"Write",8}";

    /// <inheritdoc/>
    protected override string Line(ContainerStatistic row, int width) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Fit(row.Container, width - 68)} {Number(row.Processes),6} {Percent(row.CpuPercent),7} {Bytes(row.MemoryUsage),9} {Percent(row.MemoryPercent),6} {Bytes(row.NetworkReceived),8} {Bytes(row.NetworkSent),8} {Bytes(row.BlockRead),8} {Bytes(row.BlockWritten),8}");
}
