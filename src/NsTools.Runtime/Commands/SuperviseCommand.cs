using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle.Supervision;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun supervise</c>: run with a parent that stays, keeps the output in a log, and records the end. Called by
/// people and by NsTools it detaches; called by itself (descriptor 3 is the answer's) it is that parent.
/// </summary>
internal static class SuperviseCommand
{
    public static Command Make(IReadOnlyList<string> words) => new(
        new CommandSyntax(
            "supervise",
            "CONTAINER",
            "Runs a container detached: its output goes to a log, and how it ends to exit.json beside its state.",
            CreationOptions.With(
                new Option("log-path", "FILE", "the log, by default container.log of the bundle"),
                new Option("supervisor", null, "be the supervisor: for nsrun's own use")))
        {
            Minimum = 1,
            Maximum = 1,
        },
        (global, arguments) => Run(global, arguments, words));

    private static int Run(GlobalOptions global, Arguments arguments, IReadOnlyList<string> words)
    {
        var request = CreationOptions.Read(global, arguments) with { IsDetached = false };
        if (!arguments.Has("supervisor"))
            return SupervisedRun.Detach(words);
        if (fcntl(3, F_GETFD) < 0)
            throw new UsageException("supervise: option '--supervisor' is for nsrun's own use");
        return SupervisedRun.Run(global.Store, request, arguments.FilePath("log-path") ?? Path.Combine(request.Bundle, "container.log"));
    }
}
