using System.Globalization;
using NsTools.Module.RootFileSystems;

namespace NsTools.Module.Cgroups;

/// <summary>The full-screen table of Watch-Cgroup, on the terminal's alternate screen; what was there comes back at the end.</summary>
internal sealed class CgroupScreen : IDisposable
{
    // xterm's control sequences (ctlseqs): alternate screen, cursor hidden, home, erase to the end of line or screen.
    private const string Enter = "\e[?1049h\e[?25l", Leave = "\e[?25h\e[?1049l", Home = "\e[H", EraseLine = "\e[K", EraseRest = "\e[J";
    private const string Bold = "\e[7m", Plain = "\e[0m";

    private CgroupSortKey _sort;
    private IReadOnlyList<CgroupActivity> _rows = [];

    public CgroupScreen(CgroupSortKey sort)
    {
        _sort = sort;
        Console.Out.Write(Enter);
    }

    /// <summary>The rows in a key's order, the largest first.</summary>
    public static IEnumerable<CgroupActivity> Order(IReadOnlyList<CgroupActivity> rows, CgroupSortKey sort) => (sort switch
    {
        CgroupSortKey.Cpu => rows.OrderByDescending(row => row.CpuPercent ?? -1),
        CgroupSortKey.Memory => rows.OrderByDescending(row => row.Memory ?? -1),
        CgroupSortKey.Io => rows.OrderByDescending(row => (row.ReadRate ?? -1) + (row.WriteRate ?? -1)),
        CgroupSortKey.Tasks => rows.OrderByDescending(row => row.Tasks ?? -1),
        _ => rows.OrderBy(row => row.Path, StringComparer.Ordinal),
    }).ThenBy(row => row.Path, StringComparer.Ordinal);

    /// <summary>Waits for the next sample, obeying keys meanwhile.</summary>
    /// <returns>False when the user wants to leave.</returns>
    public bool Wait(TimeSpan interval, CancellationToken stop)
    {
        long deadline = Environment.TickCount64 + (long)interval.TotalMilliseconds;
        while (Environment.TickCount64 < deadline && !stop.IsCancellationRequested)
        {
            while (Console.KeyAvailable)
            {
                switch (char.ToLowerInvariant(Console.ReadKey(intercept: true).KeyChar))
                {
                    case 'q':
                        return false;
                    case 'c':
                        Sort(CgroupSortKey.Cpu);
                        break;
                    case 'm':
                        Sort(CgroupSortKey.Memory);
                        break;
                    case 'i':
                        Sort(CgroupSortKey.Io);
                        break;
                    case 't':
                        Sort(CgroupSortKey.Tasks);
                        break;
                    case 'p':
                        Sort(CgroupSortKey.Path);
                        break;
                    case ' ':
                        return true;
                }
            }
            stop.WaitHandle.WaitOne(Math.Min(50, (int)Math.Max(1, deadline - Environment.TickCount64)));
        }
        return true;
    }

    /// <summary>Shows the rows that fit.</summary>
    public void Show(IReadOnlyList<CgroupActivity> rows)
    {
        _rows = rows;
        int width = Math.Max(60, Console.WindowWidth), height = Math.Max(4, Console.WindowHeight);
        int pathWidth = width - 46;
        StringWriter text = new(CultureInfo.InvariantCulture);
        text.Write(Home);
        text.Write($"{Bold}{Fit("Cgroup", pathWidth)} {"Tasks",7} {"%CPU",7} {"Memory",9} {"Read/s",9} {"Write/s",9}{Plain}{EraseLine}\r\n");
        foreach (CgroupActivity row in Order(rows, _sort).Take(height - 2))
        {
            text.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{Fit(row.Path, pathWidth)} {Number(row.Tasks),7} {Percent(row.CpuPercent),7} {Bytes(row.Memory),9} {Bytes(row.ReadRate),9} {Bytes(row.WriteRate),9}{EraseLine}\r\n"));
        }
        text.Write($"{EraseRest}sort: {_sort}   c m i t p: sort   space: now   q: quit{EraseLine}");
        Console.Out.Write(text);
    }

    public void Dispose() => Console.Out.Write(Leave);

    private static string Fit(string text, int width) => text.Length <= width ? text.PadRight(width) : "…" + text[^(width - 1)..];

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Percent(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-";

    private static string Bytes(double? value) => value is { } bytes ? ByteText.Of(bytes).Replace(" ", "", StringComparison.Ordinal).Replace("iB", "", StringComparison.Ordinal) : "-";

    private void Sort(CgroupSortKey key)
    {
        _sort = key;
        Show(_rows);
    }
}
