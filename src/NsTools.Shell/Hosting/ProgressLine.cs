using System.Management.Automation;

namespace NsTools.Shell.Hosting;

/// <summary>Write-Progress on a terminal: one line that is overwritten, and gone before anything else is written.</summary>
internal sealed class ProgressLine
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);
    private readonly Lock _gate = new();
    private long _lastShown;
    private bool _visible;

    /// <summary>Shows how far something has come; at most ten times a second.</summary>
    public void Show(ProgressRecord record)
    {
        // On standard error, so that it is seen while output goes to a file; never into a file itself.
        if (Console.IsErrorRedirected || Console.IsOutputRedirected)
            return;
        lock (_gate)
        {
            if (record.RecordType == ProgressRecordType.Completed)
            {
                ClearLine();
                return;
            }
            if (_visible && TimeProvider.System.GetElapsedTime(_lastShown) < s_interval)
                return;
            string percent = record.PercentComplete >= 0 ? $" {record.PercentComplete} %" : "";
            string remaining = record.SecondsRemaining >= 0 ? $", {TimeSpan.FromSeconds(record.SecondsRemaining)} left" : "";
            string text = $"{record.Activity}: {record.StatusDescription}{percent}{remaining}";
            int width = Math.Max(Console.WindowWidth - 1, 20);
            Console.Error.Write($"\r{(text.Length > width ? text[..(width - 1)] + "…" : text)}\e[K");
            _visible = true;
            _lastShown = TimeProvider.System.GetTimestamp();
        }
    }

    /// <summary>Takes the line off the terminal.</summary>
    public void Clear()
    {
        lock (_gate)
            ClearLine();
    }

    private void ClearLine()
    {
        if (_visible)
            Console.Error.Write("\r\e[K");
        _visible = false;
    }
}
