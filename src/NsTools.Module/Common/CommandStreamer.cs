using System.Management.Automation;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Commands;
using NsTools.Interop.Processes;

namespace NsTools.Module.Common;

/// <summary>
/// Runs a program as PowerShell runs a native command, for any cmdlet: pipeline input is its standard input, lines come out
/// as it writes them, $LASTEXITCODE is its exit code.
/// </summary>
/// <param name="cmdlet">The cmdlet.</param>
/// <param name="command">The program and its arguments.</param>
/// <param name="isCollecting">True for one CommandResult at the end in place of lines as they come.</param>
internal sealed class CommandStreamer(PSCmdlet cmdlet, IReadOnlyList<string> command, bool isCollecting) : IDisposable
{
    private readonly LineSplitter _outputLines = new();
    private readonly LineSplitter _errorLines = new();
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _error = new();
    private CommandSession? _session;
    private bool _isStopped;

    /// <summary>Standard input of this process, for a program to read it by itself.</summary>
    public static SafeFileHandle OwnInput => new(0, ownsHandle: false);

    /// <summary>True while the program is there to be written to.</summary>
    public bool IsRunning => _session is not null;

    /// <summary>Starts it.</summary>
    /// <param name="hasInput">False gives it an empty standard input.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="start">Starts it on these streams.</param>
    public void Start(bool hasInput, TimeSpan timeout, Func<CommandStreams, CommandSession> start) =>
        _session = start(new CommandStreams { HasInput = hasInput, Receiver = Receive, Timeout = timeout });

    /// <summary>Gives it input: a line, or bytes as they are.</summary>
    public void Write(PSObject input) => With(session => session.Write(ToBytes(input)));

    /// <summary>Ends its input, and stays until its end.</summary>
    /// <param name="wasOutOfMemory">Asked at the end: whether it was short of memory; null for what the session knows.</param>
    public void Finish(Func<bool>? wasOutOfMemory = null) => With(session =>
    {
        ProcessExit exit = session.Finish();
        SetLastExitCode(exit.ExitCode);
        if (isCollecting)
        {
            cmdlet.WriteObject(new CommandResult
            {
                Command = [.. command],
                ExitCode = exit.ExitCode,
                Signal = exit.Signal == 0 ? null : SignalName.Of(exit.Signal),
                OutOfMemory = wasOutOfMemory?.Invoke() ?? session.OomKillCount > 0,
                StandardOutput = Encoding.UTF8.GetString(_output.GetBuffer(), 0, (int)_output.Length),
                StandardError = Encoding.UTF8.GetString(_error.GetBuffer(), 0, (int)_error.Length),
                Duration = session.Elapsed,
            });
            return;
        }
        _outputLines.Finish(cmdlet.WriteObject);
        _errorLines.Finish(WriteErrorLine);
        if (exit.ExitCode != 0 && LanguagePrimitives.IsTrue(cmdlet.GetVariableValue("PSNativeCommandUseErrorActionPreference")))
            cmdlet.WriteError(ToErrorRecord(exit));
    });

    /// <summary>Takes nothing more of what it writes: the pipeline is being stopped.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>Sets $LASTEXITCODE, as a native command does.</summary>
    /// <param name="exitCode">The exit code.</param>
    public void SetLastExitCode(int exitCode) => cmdlet.SessionState.PSVariable.Set("global:LASTEXITCODE", exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
        _output.Dispose();
        _error.Dispose();
    }

    private void With(Action<CommandSession> work)
    {
        if (_session is not { } session)
            return;
        bool isDone = false;
        try
        {
            work(session);
            isDone = true;
        }
        finally
        {
            if (!isDone)
            {
                session.Dispose();
                _session = null;
            }
        }
    }

    private void Receive(bool isError, ReadOnlySpan<byte> bytes)
    {
        if (_isStopped)
            return;
        if (isCollecting)
            (isError ? _error : _output).Write(bytes);
        else if (isError)
            _errorLines.Add(bytes, WriteErrorLine);
        else
            _outputLines.Add(bytes, cmdlet.WriteObject);
    }

    /// <summary>
    /// To the error stream, as PowerShell does with a redirected native command's. Where an error would stop the
    /// script, to the screen: that a program says something there does not mean that it failed.
    /// </summary>
    private void WriteErrorLine(string line)
    {
        if (EffectiveErrorAction == ActionPreference.Stop)
            cmdlet.Host.UI.WriteErrorLine(line);
        else
            cmdlet.WriteError(new ErrorRecord(new RemoteException(line), "NativeCommandError", ErrorCategory.NotSpecified, line));
    }

    private ActionPreference EffectiveErrorAction =>
        LanguagePrimitives.TryConvertTo(
            cmdlet.MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? given) ? given : cmdlet.GetVariableValue("ErrorActionPreference"),
            out ActionPreference preference)
            ? preference
            : ActionPreference.Continue;

    private ErrorRecord ToErrorRecord(ProcessExit exit)
    {
        string how = exit.Signal == 0 ? $"ended with non-zero exit code: {exit.ExitCode}" : $"was killed by SIG{SignalName.Of(exit.Signal)}";
        return new ErrorRecord(new RuntimeException($"Program \"{command[0]}\" {how}."), "ProgramExitedWithNonZeroCode", ErrorCategory.NotSpecified, command[0]);
    }

    private static byte[] ToBytes(PSObject input) => input.BaseObject switch
    {
        byte[] bytes => bytes,
        byte one => [one],
        _ => Encoding.UTF8.GetBytes(LanguagePrimitives.ConvertTo<string>(input) + "\n"),
    };
}
