using System.Diagnostics;
using System.Management.Automation;
using NsTools.RootFileSystems;

namespace NsTools.Module.RootFileSystems;

/// <summary>Shows an expansion as a progress bar, and takes it away at the end.</summary>
/// <param name="cmdlet">Whose bar it is.</param>
/// <param name="archive">The archive.</param>
/// <param name="destination">What is made of it.</param>
internal sealed class ExpansionProgressReporter(Cmdlet cmdlet, string archive, string destination) : IDisposable
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly int _id = archive.GetHashCode(StringComparison.Ordinal) & 0x7FFFFFFF;

    /// <summary>Shows how far it has come.</summary>
    public void Report(ExpansionProgress progress)
    {
        var record = new ProgressRecord(_id, $"Expanding {Path.GetFileName(archive)}", $"{destination}: {progress.Entries:N0} files, {ByteText.Of(progress.Size)}")
        {
            CurrentOperation = progress.Current,
        };
        if (progress is { ArchiveLength: > 0, ArchiveBytesRead: > 0 })
        {
            double part = Math.Min(1, progress.ArchiveBytesRead / (double)progress.ArchiveLength);
            record.PercentComplete = (int)(part * 100);
            record.SecondsRemaining = (int)(Stopwatch.GetElapsedTime(_start).TotalSeconds / part * (1 - part));
        }
        cmdlet.WriteProgress(record);
    }

    /// <inheritdoc/>
    public void Dispose() => cmdlet.WriteProgress(new ProgressRecord(_id, "Expanding", "Done") { RecordType = ProgressRecordType.Completed });
}
