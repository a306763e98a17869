using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using NsTools.Images.Copying;
using NsTools.Module.RootFileSystems;

namespace NsTools.Module.Images;

/// <summary>
/// Waits for a copy on the pipeline's thread, which alone may write: shows how far the copy has come, with a bar for
/// each blob, and passes on what it has to say.
/// </summary>
/// <param name="cmdlet">Whose bars they are.</param>
/// <param name="activity">What the upper bar says.</param>
internal sealed class CopyProgressReporter(Cmdlet cmdlet, string activity) : IDisposable
{
    private const int Interval = 100;
    private readonly int _id = activity.GetHashCode(StringComparison.Ordinal) & 0x3FFFFFFF;
    private readonly ConcurrentQueue<string> _notices = new();
    private readonly HashSet<int> _shown = [];
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>How far the copy has come.</summary>
    public ImageCopyProgress Progress { get; } = new();

    /// <summary>Takes what the copy has to say, from any thread.</summary>
    public void Notice(string text) => _notices.Enqueue(text);

    /// <summary>Waits for the copy.</summary>
    /// <param name="work">The copy.</param>
    public T Wait<T>(Task<T> work)
    {
        while (!((IAsyncResult)work).AsyncWaitHandle.WaitOne(Interval))
        {
            Flush();
            Show();
        }
        Flush();
        return work.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (int bar in _shown)
            cmdlet.WriteProgress(new ProgressRecord(bar, activity, "Done") { RecordType = ProgressRecordType.Completed });
        cmdlet.WriteProgress(new ProgressRecord(_id, activity, "Done") { RecordType = ProgressRecordType.Completed });
    }

    private void Flush()
    {
        while (_notices.TryDequeue(out string? text))
            cmdlet.WriteVerbose(text);
    }

    private void Show()
    {
        long total = Progress.TotalBytes, done = Progress.DoneBytes;
        double rate = done / Math.Max(0.001, Stopwatch.GetElapsedTime(_start).TotalSeconds);
        cmdlet.WriteProgress(new ProgressRecord(_id, activity, $"{ByteText.Of(done)} of {ByteText.Of(total)}, {ByteText.Of(rate)}/s")
        {
            PercentComplete = total > 0 ? (int)(done * 100 / total) : -1,
            SecondsRemaining = rate > 0 && total > 0 ? (int)Math.Min(int.MaxValue, (total - done) / rate) : -1,
        });
        HashSet<int> now = [];
        foreach (BlobProgress blob in Progress.Active)
        {
            int bar = _id + 1 + (blob.Blob.Digest.GetHashCode() & 0xFFFFFF);
            now.Add(bar);
            cmdlet.WriteProgress(new ProgressRecord(bar, blob.Blob.Digest.Short, $"{ByteText.Of(blob.Bytes)} of {ByteText.Of(blob.Blob.Size)}")
            {
                ParentActivityId = _id,
                PercentComplete = blob.Blob.Size > 0 ? (int)(blob.Bytes * 100 / blob.Blob.Size) : 100,
            });
        }
        foreach (int gone in _shown.Where(b => !now.Contains(b)).ToList())
        {
            cmdlet.WriteProgress(new ProgressRecord(gone, "Blob", "Done") { ParentActivityId = _id, RecordType = ProgressRecordType.Completed });
            _shown.Remove(gone);
        }
        _shown.UnionWith(now);
    }
}
