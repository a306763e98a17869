using System.Globalization;
using System.Management.Automation.Host;

namespace NsTools.Shell.Hosting;

/// <summary>What the engine sees of this program.</summary>
/// <param name="userInterface">The terminal, or the redirected streams.</param>
internal sealed class ShellHost(ShellUserInterface userInterface) : PSHost
{
    /// <summary>What <c>exit</c> was given; null until it is called.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Runs a prompt inside a running pipeline (Suspend of a -Confirm question, a breakpoint); set by the session.</summary>
    public Action? NestedPrompt { get; set; }

    /// <summary>True once the innermost nested prompt is to end.</summary>
    public bool LeavesNestedPrompt { get; set; }

    /// <inheritdoc/>
    public override string Name => "nstools";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(ShellHost).Assembly.GetName().Version!;

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => userInterface;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt()
    {
        if (userInterface.NonInteractive)
            throw new HostException("A nested prompt needs an interactive session.");
        NestedPrompt?.Invoke();
    }

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => LeavesNestedPrompt = true;

    /// <inheritdoc/>
    public override void NotifyBeginApplication() => userInterface.ClearProgress();

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // A program leaves the terminal as it leaves it; .NET's console restores what it needs itself.
    }
}
