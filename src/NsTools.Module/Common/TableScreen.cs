using System.Globalization;
using NsTools.Module.RootFileSystems;

namespace NsTools.Module.Common;

/// <summary>A full-screen table that is drawn again and again, on the terminal's alternate screen; what was there comes back at the end.</summary>
/// <typeparam name="TRow">What a row shows.</typeparam>
/// <typeparam name="TKey">What the rows can be sorted by.</typeparam>
internal abstract class TableScreen<TRow, TKey> : IDisposable
    where TKey : struct, Enum
{
    // xterm's control sequences (ctlseqs): alternate screen, cursor hidden, home, erase to the end of line or screen.
    private const string Enter = "\e[?1049h\e[?25l", Leave = "\e[?25h\e[?1049l", Home = "\e[H", EraseLine = "\e[K", EraseRest = "\e[J";
    private const string Bold = "\e[7m", Plain = "\e[0m";

    private TKey _sort;
    private IReadOnlyList<TRow> _rows = [];

    private TimeSpan _interval;

    /// <summary>Takes the screen.</summary>
    /// <param name="sort">What the rows are sorted by at first.</param>
    /// <param name="interval">The time between samples at first; + and - change it.</param>
    protected TableScreen(TKey sort, TimeSpan interval)
    {
        _sort = sort;
        _interval = interval;
        Console.Out.Write(Enter);
    }

    /// <summary>The keys that sort, by their letters.</summary>
    protected abstract IReadOnlyDictionary<char, TKey> Keys { get; }

    /// <summary>The rows in a key's order.</summary>
    protected abstract IEnumerable<TRow> Sorted(IReadOnlyList<TRow> rows, TKey sort);

    /// <summary>The line above the rows.</summary>
    protected abstract string Header(int width);

    /// <summary>The line of a row.</summary>
    protected abstract string Line(TRow row, int width);

    /// <summary>Waits for the next sample, obeying keys meanwhile.</summary>
    /// <returns>False when the user wants to leave.</returns>
    public bool Wait(CancellationToken stop)
    {
        long start = Environment.TickCount64;
        long deadline;
        while (Environment.TickCount64 < (deadline = start + (long)_interval.TotalMilliseconds) && !stop.IsCancellationRequested)
        {
            while (Console.KeyAvailable)
            {
                char key = char.ToLowerInvariant(Console.ReadKey(intercept: true).KeyChar);
                if (key == 'q')
                    return false;
                if (key == ' ')
                    return true;
                if (Keys.TryGetValue(key, out TKey sort))
                    _sort = sort;
                else if (key is '+' or '-')
                    _interval = key == '+' ? Slower(_interval) : Faster(_interval);
                else
                    continue;
                Show(_rows);
            }
            stop.WaitHandle.WaitOne(Math.Min(50, (int)Math.Max(1, deadline - Environment.TickCount64)));
        }
        return true;
    }

    /// <summary>Shows the rows that fit.</summary>
    public void Show(IReadOnlyList<TRow> rows)
    {
        _rows = rows;
        int width = Math.Max(60, Console.WindowWidth), height = Math.Max(4, Console.WindowHeight);
        StringWriter text = new(CultureInfo.InvariantCulture);
        text.Write($"{Home}{Bold}{Header(width)}{Plain}{EraseLine}\r\n");
        foreach (TRow row in Sorted(rows, _sort).Take(height - 2))
            text.Write($"{Line(row, width)}{EraseLine}\r\n");
        text.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{EraseRest}sort: {_sort}   {string.Join(' ', Keys.Keys)}: sort   every {_interval.TotalSeconds:0.##} s   + -: slower, faster   space: now   q: quit{EraseLine}"));
        Console.Out.Write(text);
    }

    /// <inheritdoc/>
    public void Dispose() => Console.Out.Write(Leave);

    // In quarters of a second below one, in seconds above, as systemd-cgtop has it.
    private static TimeSpan Slower(TimeSpan interval) => interval + TimeSpan.FromSeconds(interval.TotalSeconds < 1 ? 0.25 : 1);

    private static TimeSpan Faster(TimeSpan interval) =>
        TimeSpan.FromSeconds(Math.Max(Math.Min(interval.TotalSeconds, 0.25), interval.TotalSeconds - (interval.TotalSeconds <= 1 ? 0.25 : 1)));

    /// <summary>A text of a width, its end kept.</summary>
    protected static string Fit(string text, int width) => text.Length <= width ? text.PadRight(width) : "…" + text[^(width - 1)..];

    /// <summary>A number, or a dash.</summary>
    protected static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A percentage, or a dash.</summary>
    protected static string Percent(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A size, or a dash.</summary>
    protected static string Bytes(double? value) => value is { } bytes ? ByteText.Of(bytes).Replace(" ", "", StringComparison.Ordinal).Replace("iB", "", StringComparison.Ordinal) : "-";
}
