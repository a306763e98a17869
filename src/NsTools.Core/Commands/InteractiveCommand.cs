using NsTools.Hosts;
using NsTools.Interop.Processes;
using Tmds.Linux;

namespace NsTools.Commands;

/// <summary>A command on the caller's own terminal.</summary>
public static class InteractiveCommand
{
    /// <summary>Fails without a terminal: a shell without one would sit there and wait for nobody.</summary>
    /// <exception cref="NsToolsException">Standard input or output is no terminal (<c>NoTerminal</c>).</exception>
    internal static void RequireTerminal()
    {
        if (LibC.isatty(LibC.STDIN_FILENO) == 1 && LibC.isatty(LibC.STDOUT_FILENO) == 1)
            return;
        throw new NsToolsException(
            FailureKind.InvalidState,
            "NoTerminal",
            "Standard input and output are not a terminal, which an interactive command needs.",
            "Run pwsh in one, or use the Invoke- cmdlet without -Tty, which needs none.");
    }

    /// <summary>Runs the command until it ends.</summary>
    /// <param name="place">Where to run it.</param>
    /// <param name="request">What to run.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="NsToolsException">There is no terminal; the place, the user or the root is not there.</exception>
    /// <exception cref="Interop.Syscalls.SyscallException">A step failed; nothing is left running.</exception>
    public static ProcessExit Run(CommandPlace place, CommandRequest request, CancellationToken cancellation)
    {
        RequireTerminal();
        using CommandPlan plan = place.PlanWithCgroup(request);
        using LaunchedProcess process = new RuntimeLauncher(RuntimeExecutable.Path).Start(new LaunchRequest
        {
            Spec = plan.Spec,
            Mode = LaunchMode.Terminal,
            Descriptors = plan.Descriptors,
        });
        try
        {
            return process.Wait(Timeout.InfiniteTimeSpan, cancellation)!.Value;
        }
        catch (OperationCanceledException)
        {
            process.Kill(LibC.SIGKILL);
            process.Wait(Timeout.InfiniteTimeSpan, CancellationToken.None);
            throw;
        }
    }
}
