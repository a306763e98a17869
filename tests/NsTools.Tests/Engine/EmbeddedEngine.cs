using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace NsTools.Tests.Engine;

/// <summary>
/// PowerShell's engine in this process with <c>out/NsTools</c> imported; needs no pwsh. Of PowerShell's own cmdlets
/// only those of Microsoft.PowerShell.Core exist: no Get-Process, no Select-Object, no Write-Output.
/// </summary>
/// <remarks>
/// NsTools.Core is the test's own copy here (the engine's default load context finds it first), so that objects can be
/// cast to its types. That the module works in a load context of its own is what the tests of <c>nstools</c> and
/// <c>tests/Pester/Module.Tests.ps1</c> see to.
/// </remarks>
public sealed class EmbeddedEngine : IDisposable
{
    private readonly Runspace _runspace;

    /// <summary>Starts the engine and imports the module.</summary>
    public EmbeddedEngine()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        state.ImportPSModule(TestEnvironment.Manifest);
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
    }

    /// <summary>Runs a script to its end.</summary>
    /// <param name="script">The script; <c>param(...)</c> takes what <paramref name="arguments"/> has, by name.</param>
    /// <param name="arguments">Its arguments by name.</param>
    /// <param name="timeout">After which it is stopped as by Ctrl+C; two minutes when none is given.</param>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public EngineResult Run(string script, IReadOnlyDictionary<string, object?>? arguments = null, TimeSpan? timeout = null)
    {
        using PowerShell shell = Start(script, arguments);
        var output = new PSDataCollection<PSObject>();
        List<ErrorRecord> errors = [];
        IAsyncResult running = shell.BeginInvoke<PSObject, PSObject>(null, output);
        if (!running.AsyncWaitHandle.WaitOne(timeout ?? TimeSpan.FromMinutes(2)))
        {
            shell.Stop();
            throw new TimeoutException($"Not ended in time: {script}");
        }
        try
        {
            shell.EndInvoke(running);
            errors.AddRange(shell.Streams.Error);
        }
        catch (RuntimeException exception)
        {
            errors.AddRange(shell.Streams.Error);
            errors.Add(exception.ErrorRecord);
        }
        return new EngineResult(
            [.. output],
            errors,
            [.. shell.Streams.Warning.Select(record => record.Message)],
            [.. shell.Streams.Verbose.Select(record => record.Message)],
            _runspace.SessionStateProxy.GetVariable("LASTEXITCODE") as int?);
    }

    /// <summary>A script ready to be begun, for tests that stop it in the middle; the caller disposes of it.</summary>
    /// <param name="script">The script.</param>
    /// <param name="arguments">Its arguments by name.</param>
    public PowerShell Start(string script, IReadOnlyDictionary<string, object?>? arguments = null)
    {
        var shell = PowerShell.Create(_runspace);
        shell.AddScript(script);
        foreach ((string name, object? value) in arguments ?? new Dictionary<string, object?>())
            shell.AddParameter(name, value);
        return shell;
    }

    /// <inheritdoc/>
    public void Dispose() => _runspace.Dispose();
}
