using System.Management.Automation;
using NsTools.Commands;
using NsTools.Interop.Processes;

namespace NsTools.Module.Common;

/// <summary>Runs a program, usually a shell, on the caller's own terminal until it ends.</summary>
public abstract class TerminalCommandCmdlet : CommandCmdlet
{
    /// <summary>The program; the user's login shell when it is not given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? FilePath { get; set; }

    /// <summary>The program's arguments.</summary>
    [Parameter(Position = 2, ValueFromRemainingArguments = true)]
    [AllowEmptyCollection]
    public string[] ArgumentList { get; set; } = [];

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(GetTarget(), () =>
    {
        CommandPlace place = GetPlace();
        CommandRequest request = ToRequest(FilePath, ArgumentList);
        if (!ShouldProcess(GetTarget()?.ToString(), place.Describe(request)))
            return;
        ProcessExit exit = Executing(() => InteractiveCommand.Run(place, request, StopToken));
        SetLastExitCode(exit.ExitCode);
    });
}
