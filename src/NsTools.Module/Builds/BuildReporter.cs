using System.Collections.Concurrent;
using System.Management.Automation;
using NsTools.Builds;
using NsTools.Module.RootFileSystems;

namespace NsTools.Module.Builds;

/// <summary>
/// Waits for a build on the pipeline's thread, which alone may write: shows each step, and what its commands write, as it
/// comes. Steps and output are information records: <c>6&gt;</c> and <c>-InformationVariable</c> take them.
/// </summary>
/// <param name="cmdlet">The cmdlet.</param>
/// <param name="stopping">Ends the build.</param>
internal sealed class BuildReporter(Cmdlet cmdlet, CancellationToken stopping) : IDisposable
{
    private const string Activity = "Build-Image";
    private const int ProgressId = 0x4275696C;
    // What PowerShell's host shows without being asked to.
    private static readonly string[] s_shown = ["PSHOST", "NsTools.Build"];

    private readonly BlockingCollection<BuildEvent> _events = [];
    private string? _lastStage;

    /// <summary>Takes an event, from any thread.</summary>
    public void Take(BuildEvent happened) => _events.Add(happened, CancellationToken.None);

    /// <summary>Waits for the build.</summary>
    /// <param name="start">Starts it.</param>
    public BuildResult Wait(Func<CancellationToken, Task<BuildResult>> start)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task<BuildResult> build = Task.Run(() => start(ending.Token), CancellationToken.None);
        build.ContinueWith(_ => _events.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            foreach (BuildEvent happened in _events.GetConsumingEnumerable(CancellationToken.None))
                Show(happened);
        }
        catch
        {
            // The pipeline was stopped while it was written to: nothing of the build may go on alone.
            ending.Cancel();
            ((IAsyncResult)build).AsyncWaitHandle.WaitOne();
            throw;
        }
        return build.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cmdlet.WriteProgress(new ProgressRecord(ProgressId, Activity, "Done") { RecordType = ProgressRecordType.Completed });
        _events.Dispose();
    }

    private void Show(BuildEvent happened)
    {
        BuildStep step = happened.Step;
        switch (happened)
        {
            case BuildStepStarted:
                string text = $"STEP {step.Number}/{step.Count}: {Printable(step.Text)}";
                cmdlet.WriteProgress(new ProgressRecord(ProgressId, Activity, text) { PercentComplete = Math.Min(100, 100 * (step.Number - 1) / step.Count) });
                Write(step, text);
                break;
            case BuildOutput output:
                Write(step, output.Text);
                break;
            case BuildStepFinished { Step.IsCached: true, Step.Layer: not null }:
                Write(step, "--> Using cache");
                break;
            case BuildDownload download:
                cmdlet.WriteProgress(Downloading(download));
                break;
            case BuildWarning warning:
                cmdlet.WriteWarning($"line {step.Line}: {warning.Message}");
                break;
            default:
                break;
        }
    }

    private static ProgressRecord Downloading(BuildDownload download)
    {
        string done = download.Total is { } total ? $"{ByteText.Of(download.Received)} of {ByteText.Of(total)}" : ByteText.Of(download.Received);
        return new ProgressRecord(ProgressId + 1, "Download", $"{Printable(download.Source)}: {done}")
        {
            ParentActivityId = ProgressId,
            PercentComplete = download.Total is > 0 ? (int)Math.Min(100, 100 * download.Received / download.Total.Value) : -1,
        };
    }

    // Stages that are built side by side tell theirs apart.
    private void Write(BuildStep step, string text)
    {
        bool isSwitch = _lastStage is not null && _lastStage != step.Stage;
        _lastStage = step.Stage;
        cmdlet.WriteInformation(new HostInformationMessage { Message = isSwitch ? $"[{step.Stage}] {text}" : text }, s_shown);
    }

    // A Dockerfile is a stranger's text.
    private static string Printable(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
}
