using System.Management.Automation;
using System.Text;
using NsTools.Commands;
using NsTools.Interop.Processes;

namespace NsTools.Module.Common;

/// <summary>
/// Runs a program as PowerShell runs a native command: pipeline input is its standard input, lines come out as it
/// writes them, $LASTEXITCODE is its exit code.
/// </summary>
public abstract class StreamingCommandCmdlet : CommandCmdlet
{
    private readonly LineSplitter _outputLines = new();
    private readonly LineSplitter _errorLines = new();
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _error = new();
    private CommandRequest? _request;
    private CommandSession? _session;

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
        _request = ToRequest(filePath, arguments);
        CommandPlace place = GetPlace();
        if (!ShouldProcess(GetTarget()?.ToString(), place.Describe(_request)))
            return;
        CommandStreams streams = new()
        {
            HasInput = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)),
            Receiver = Receive,
            Timeout = TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan,
        };
        _session = Executing(() => CommandSession.Start(place, _request, streams, StopToken));
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_session is not null && InputObject is not null)
            WithSession(session => session.Write(ToBytes(InputObject)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => WithSession(session =>
    {
        ProcessExit exit = session.Finish();
        SetLastExitCode(exit.ExitCode);
        if (PassThru)
        {
            WriteObject(new CommandResult
            {
                Command = [_request!.FilePath!, .. _request.Arguments],
                ExitCode = exit.ExitCode,
                Signal = exit.Signal == 0 ? null : SignalName.Of(exit.Signal),
                OutOfMemory = session.OomKillCount > 0,
                StandardOutput = Encoding.UTF8.GetString(_output.GetBuffer(), 0, (int)_output.Length),
                StandardError = Encoding.UTF8.GetString(_error.GetBuffer(), 0, (int)_error.Length),
                Duration = session.Elapsed,
            });
            return;
        }
        _outputLines.Finish(WriteObject);
        _errorLines.Finish(WriteErrorLine);
        if (exit.ExitCode != 0 && LanguagePrimitives.IsTrue(GetVariableValue("PSNativeCommandUseErrorActionPreference")))
            WriteError(ToErrorRecord(exit));
    });

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Kills what still runs: the pipeline was stopped before the end.
        if (disposing)
            _session?.Dispose();
        base.Dispose(disposing);
    }

    private void WithSession(Action<CommandSession> work)
    {
        if (_session is not { } session)
            return;
        bool isDone = false;
        ForItem(GetTarget(), () =>
        {
            work(session);
            isDone = true;
        });
        if (isDone)
            return;
        session.Dispose();
        _session = null;
    }

    private void Receive(bool isError, ReadOnlySpan<byte> bytes)
    {
        if (StopToken.IsCancellationRequested)
            return;
        if (PassThru)
            (isError ? _error : _output).Write(bytes);
        else if (isError)
            _errorLines.Add(bytes, WriteErrorLine);
        else
            _outputLines.Add(bytes, WriteObject);
    }

    /// <summary>
    /// To the error stream, as PowerShell does with a redirected native command's. Where an error would stop the
    /// script, to the screen: that a program says something there does not mean that it failed.
    /// </summary>
    private void WriteErrorLine(string line)
    {
        if (EffectiveErrorAction == ActionPreference.Stop)
            Host.UI.WriteErrorLine(line);
        else
            WriteError(new ErrorRecord(new RemoteException(line), "NativeCommandError", ErrorCategory.NotSpecified, line));
    }

    private ActionPreference EffectiveErrorAction =>
        LanguagePrimitives.TryConvertTo(
            MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? given) ? given : GetVariableValue("ErrorActionPreference"),
            out ActionPreference preference)
            ? preference
            : ActionPreference.Continue;

    private ErrorRecord ToErrorRecord(ProcessExit exit)
    {
        string program = _request!.FilePath!;
        string how = exit.Signal == 0 ? $"ended with non-zero exit code: {exit.ExitCode}" : $"was killed by SIG{SignalName.Of(exit.Signal)}";
        return new ErrorRecord(new RuntimeException($"Program \"{program}\" {how}."), "ProgramExitedWithNonZeroCode", ErrorCategory.NotSpecified, program);
    }

    private static byte[] ToBytes(PSObject input) => input.BaseObject switch
    {
        byte[] bytes => bytes,
        byte one => [one],
        _ => Encoding.UTF8.GetBytes(LanguagePrimitives.ConvertTo<string>(input) + "\n"),
    };
}
