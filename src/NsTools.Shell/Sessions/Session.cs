using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.InteropServices;
using NsTools.Shell.Hosting;

namespace NsTools.Shell.Sessions;

/// <summary>One runspace with NsTools imported: runs text and scripts, and shows what they write.</summary>
internal sealed class Session : IDisposable
{
    private readonly ShellUserInterface _userInterface;
    private readonly ShellHost _host;
    private readonly Runspace _runspace;
    private readonly PosixSignalRegistration[] _signals;
    private PowerShell? _running;
    private int _depth;
    private int? _signalled;

    private Session(ShellUserInterface userInterface, ShellHost host, Runspace runspace)
    {
        (_userInterface, _host, _runspace) = (userInterface, host, runspace);
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
        host.NestedPrompt = RunNestedPrompt;
    }

    /// <summary>True once <c>exit</c> was called, or a signal other than Ctrl+C told us to end.</summary>
    public bool ShouldExit => _host.ExitCode is not null || _signalled is not (null or 2);

    /// <summary>What <c>exit</c> was given.</summary>
    public int ExitCode => _host.ExitCode ?? (ShouldExit ? 128 + _signalled!.Value : ExitCodes.Success);

    /// <summary>The terminal's owner in a nested prompt.</summary>
    public ILineReader? LineReader { get; set; }

    /// <summary>True when the innermost nested prompt is to end.</summary>
    public bool LeavesNestedPrompt => _host.LeavesNestedPrompt;

    /// <summary>Starts the engine and imports the module.</summary>
    /// <param name="manifest">The module's manifest.</param>
    /// <param name="nonInteractive">Prompts fail instead of asking.</param>
    /// <exception cref="RuntimeException">The module cannot be imported.</exception>
    public static Session Open(string manifest, bool nonInteractive)
    {
        var state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        state.ImportPSModule(manifest);
        var userInterface = new ShellUserInterface(nonInteractive);
        var host = new ShellHost(userInterface);
        Runspace runspace = RunspaceFactory.CreateRunspace(host, state);
        runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        runspace.Open();
        Runspace.DefaultRunspace = runspace;
        return new Session(userInterface, host, runspace);
    }

    /// <summary>Runs the text of <c>-Command</c>.</summary>
    /// <returns>The exit code: of <c>exit</c>; 1 after a terminating error or when the last command failed; otherwise 0.</returns>
    public int RunText(string text)
    {
        if (Parse(text) is not { } script)
            return ExitCodes.Failure;
        return ExitCodeAfter(Invoke(new PSCommand().AddScript(text, useLocalScope: false), InputFor(script), addToHistory: true));
    }

    /// <summary>Runs a script file.</summary>
    /// <returns>The exit code: of <c>exit</c>; 1 after a terminating error; otherwise 0.</returns>
    public int RunFile(string path, IEnumerable<CommandParameter> arguments)
    {
        // Without the extension it is read as text, so that a script may begin with #!/usr/bin/env nstools.
        Command script = path.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase)
            ? new Command(path, isScript: false, useLocalScope: false)
            : new Command(File.ReadAllText(path), isScript: true, useLocalScope: false);
        foreach (CommandParameter argument in arguments)
            script.Parameters.Add(argument);
        ScriptExit.EndsSession(_runspace);
        return ExitCodeAfter(Invoke(new PSCommand().AddCommand(script), InputFor(Parser.ParseFile(path, out _, out _)), addToHistory: false));
    }

    /// <summary>Runs what was typed at the prompt.</summary>
    public void RunLine(string line)
    {
        if (Parse(line) is not null)
            Invoke(new PSCommand().AddScript(line, useLocalScope: false), input: null, addToHistory: true);
    }

    /// <summary>Calls a function for its value, without showing anything; null when it fails.</summary>
    public object? Evaluate(string function)
    {
        using PowerShell shell = CreateShell();
        shell.AddCommand(function);
        try
        {
            return shell.Invoke().LastOrDefault()?.BaseObject;
        }
        catch (RuntimeException)
        {
            return null;
        }
    }

    /// <summary>Completions for a line, as Tab wants them.</summary>
    public CommandCompletion Complete(string line, int cursor)
    {
        using PowerShell shell = CreateShell();
        return CommandCompletion.CompleteInput(line, cursor, options: null, shell);
    }

    /// <summary>A command of the session; null when there is none of that name.</summary>
    public CommandInfo? GetCommand(string name) => _runspace.SessionStateProxy.InvokeCommand.GetCommand(name, CommandTypes.Function | CommandTypes.Cmdlet);

    /// <summary>A variable of the session; null when it does not exist.</summary>
    public object? GetVariable(string name) => _runspace.SessionStateProxy.GetVariable(name);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        _runspace.Dispose();
    }

    private PowerShell CreateShell() => _depth == 0 ? PowerShell.Create(_runspace) : PowerShell.Create(RunspaceMode.CurrentRunspace);

    private bool Invoke(PSCommand command, IEnumerable<string>? input, bool addToHistory)
    {
        using PowerShell shell = CreateShell();
        command.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.Commands = command.AddCommand("Out-Default");
        PowerShell? outer = Interlocked.Exchange(ref _running, shell);
        try
        {
            shell.Invoke(input, new PSInvocationSettings { AddToHistory = addToHistory });
            return true;
        }
        catch (PipelineStoppedException)
        {
            return false;
        }
        catch (RuntimeException exception)
        {
            Report(exception);
            return false;
        }
        finally
        {
            _running = outer;
            _userInterface.ClearProgress();
        }
    }

    /// <summary>Parses text; tells its errors and gives null when it has any (the engine's view of those shows nothing where there is no file).</summary>
    private ScriptBlockAst? Parse(string text)
    {
        ScriptBlockAst script = Parser.ParseInput(text, out _, out ParseError[] errors);
        foreach (ParseError error in errors)
            _userInterface.WriteErrorLine($"ParserError: line {error.Extent.StartLineNumber}, column {error.Extent.StartColumnNumber}: {error.Message}");
        return errors.Length == 0 ? script : null;
    }

    private void Report(RuntimeException exception)
    {
        // The engine's own view of it. Outside a running command Out-Default takes it for an object like any other, so
        // the lines that it writes are caught on their way to standard output.
        using PowerShell shell = CreateShell();
        shell.AddCommand("Out-Default");
        string view = _userInterface.Capture(() => shell.Invoke(new[] { exception.ErrorRecord }));
        _userInterface.WriteErrorLine(view.TrimEnd());
    }

    private int ExitCodeAfter(bool completed)
    {
        if (ShouldExit)
            return ExitCode;
        if (_signalled is { } signal)
            return 128 + signal;
        return completed && GetVariable("?") is true ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Standard input, line by line, for a script that reads <c>$input</c>; otherwise it is left to the programs.</summary>
    private static IEnumerable<string>? InputFor(ScriptBlockAst script)
    {
        bool wanted = Console.IsInputRedirected && script.Find(
            node => node is VariableExpressionAst { VariablePath.UserPath: var name } && name.Equals("input", StringComparison.OrdinalIgnoreCase),
            searchNestedScriptBlocks: false) is not null;
        return wanted ? ReadInput() : null;

        static IEnumerable<string> ReadInput()
        {
            while (Console.In.ReadLine() is { } line)
                yield return line;
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Between commands the default is right: end. While one runs it is stopped, so that its finally blocks run.
        if (_running is not { } shell)
        {
            context.Cancel = context.Signal == PosixSignal.SIGINT && LineReader is not null;
            return;
        }
        context.Cancel = true;
        _signalled = context.Signal switch
        {
            PosixSignal.SIGHUP => 1,
            PosixSignal.SIGTERM => 15,
            _ => 2,
        };
        shell.BeginStop(null, null);
    }

    private void RunNestedPrompt()
    {
        if (LineReader is null)
            return;
        _depth++;
        try
        {
            new InteractiveLoop(this, LineReader).Run(nested: true);
        }
        finally
        {
            _depth--;
            _host.LeavesNestedPrompt = false;
        }
    }
}
