using System.Collections;
using System.Management.Automation;
using NsTools.Cgroups;
using NsTools.Commands;
using NsTools.Interop.Syscalls;
using NsTools.Module.Cgroups;

namespace NsTools.Module.Common;

/// <summary>What all cmdlets have that run a program somewhere else: who runs it, where in there, with which variables.</summary>
public abstract class CommandCmdlet : NsToolsCmdlet
{
    // What a POSIX shell has for a program that it cannot find, or cannot execute.
    private const int NotFoundExitCode = 127;
    private const int NotExecutableExitCode = 126;

    /// <summary>The user: NAME or UID, with :GROUP or :GID if wanted; names are the target's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>The working directory inside the target's root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>Variables on top of PATH, HOME and TERM; nothing else of the caller's environment is passed on.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>The cgroup that it starts in, before its first instruction. Without it the caller's own; in a namespace set that of its holder.</summary>
    [Parameter]
    [CgroupTransformation]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public CgroupReference? Cgroup { get; set; }

    /// <summary>Where the command runs.</summary>
    private protected abstract CommandPlace GetPlace();

    /// <summary>What an error names as its target.</summary>
    private protected abstract object? GetTarget();

    /// <summary>The request for a program.</summary>
    /// <param name="filePath">The program; null for the user's shell.</param>
    /// <param name="arguments">Its arguments.</param>
    private protected CommandRequest ToRequest(string? filePath, IReadOnlyList<string> arguments) => new()
    {
        FilePath = filePath,
        Arguments = arguments,
        User = User,
        Cgroup = Cgroup,
        WorkingDirectory = WorkingDirectory,
        CallerDirectory = SessionState.Path.CurrentFileSystemLocation.ProviderPath,
        Environment = Environment.Cast<DictionaryEntry>().ToDictionary(
            e => e.Key.ToString() ?? "",
            e => e.Value is null ? null : LanguagePrimitives.ConvertTo<string>(e.Value)),
    };

    /// <summary>Starts a program; when it cannot be executed, $LASTEXITCODE tells that, too.</summary>
    /// <param name="start">Starts it.</param>
    private protected T Executing<T>(Func<T> start)
    {
        try
        {
            return start();
        }
        catch (SyscallException failure) when (failure.Syscall is "execve" or "execveat")
        {
            SetLastExitCode(failure.Name is "ENOENT" ? NotFoundExitCode : NotExecutableExitCode);
            throw;
        }
    }

    /// <summary>Sets $LASTEXITCODE, as a native command does.</summary>
    /// <param name="exitCode">The exit code.</param>
    private protected void SetLastExitCode(int exitCode) => SessionState.PSVariable.Set("global:LASTEXITCODE", exitCode);
}
