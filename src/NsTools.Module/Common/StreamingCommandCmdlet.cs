using System.Management.Automation;
using NsTools.Commands;

namespace NsTools.Module.Common;

/// <summary>
/// Runs a program as PowerShell runs a native command: pipeline input is its standard input, lines come out as it
/// writes them, $LASTEXITCODE is its exit code.
/// </summary>
public abstract class StreamingCommandCmdlet : CommandCmdlet
{
    private CommandStreamer? _streamer;

    /// <summary>How long it may take, in seconds; then it is killed with all that it has started.</summary>
    [Parameter]
    [ValidateRange(0.001, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>Returns one CommandResult at the end in place of lines as they come.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Standard input: a line each; bytes as they are.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>The program and its arguments.</summary>
    private protected abstract (string FilePath, IReadOnlyList<string> Arguments) GetCommand();

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(GetTarget(), () =>
    {
        (string filePath, IReadOnlyList<string> arguments) = GetCommand();
        CommandRequest request = ToRequest(filePath, arguments);
        CommandPlace place = GetPlace();
        if (!ShouldProcess(GetTarget()?.ToString(), place.Describe(request)))
            return;
        CommandStreamer streamer = _streamer = new CommandStreamer(this, [filePath, .. arguments], PassThru);
        StopToken.UnsafeRegister(static streamer => ((CommandStreamer)streamer!).Stop(), streamer);
        Executing(() =>
        {
            streamer.Start(
                MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)),
                TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan,
                streams => CommandSession.Start(place, request, streams, StopToken));
            return true;
        });
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_streamer is { IsRunning: true } && InputObject is not null)
            ForItem(GetTarget(), () => _streamer.Write(InputObject));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(GetTarget(), () => _streamer?.Finish());

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Kills what still runs: the pipeline was stopped before the end.
        if (disposing)
            _streamer?.Dispose();
        base.Dispose(disposing);
    }
}
