using System.Management.Automation;
using NsTools.RootFileSystems.Downloads;

namespace NsTools.Module.RootFileSystems;

/// <summary>Shows a download as a progress bar, and takes it away at the end.</summary>
/// <param name="cmdlet">Whose bar it is.</param>
/// <param name="uri">Where from.</param>
/// <param name="destination">Where to.</param>
internal sealed class DownloadProgressReporter(Cmdlet cmdlet, Uri uri, string destination) : IDisposable
{
    private readonly int _id = destination.GetHashCode(StringComparison.Ordinal) & 0x7FFFFFFF;

    /// <summary>Shows how far it has come.</summary>
    public void Report(DownloadProgress progress)
    {
        string of = progress.Total is { } total ? $" of {ByteText.Of(total)}" : "";
        var record = new ProgressRecord(
            _id, $"Downloading {Path.GetFileName(destination)}", $"{ByteText.Of(progress.Received)}{of}, {ByteText.Of(progress.BytesPerSecond)}/s")
        {
            CurrentOperation = uri.ToString(),
        };
        if (progress.Total is > 0 and { } whole)
        {
            record.PercentComplete = (int)Math.Min(100, progress.Received * 100 / whole);
            record.SecondsRemaining = progress.BytesPerSecond > 0 ? (int)Math.Min(int.MaxValue, Math.Max(0, whole - progress.Received) / progress.BytesPerSecond) : -1;
        }
        cmdlet.WriteProgress(record);
    }

    /// <inheritdoc/>
    public void Dispose() => cmdlet.WriteProgress(new ProgressRecord(_id, "Downloading", "Done") { RecordType = ProgressRecordType.Completed });
}
