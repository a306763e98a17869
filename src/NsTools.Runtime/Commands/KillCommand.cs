using NsTools.Interop.Processes;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun kill</c>.</summary>
internal static class KillCommand
{
    public static Command Command => new(
        new CommandSyntax(
            "kill",
            "CONTAINER [SIGNAL]",
            "Sends a signal, SIGTERM by default, to the first process of a container.",
            new Option("all", null, "to all its processes", 'a'),
            new Option("regex", null, "CONTAINER is a regular expression, for all whose ID it matches", 'r'))
        {
            Minimum = 1,
            Maximum = 2,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        int signal = Signal(arguments.Operands.Count > 1 ? arguments.Operands[1] : "TERM");
        bool toAll = arguments.Has("all");
        if (!arguments.Has("regex"))
        {
            Send(global.Store.Find(arguments.Operands[0]), signal, toAll);
            return 0;
        }
        return ContainerPattern.ForEach(global.Store, arguments.Operands[0], container =>
        {
            // Of many, those that have ended are no failure.
            if (container.Status(container.TryRead(out _)) != ContainerStatus.Stopped)
                Send(container, signal, toAll);
        });
    }

    private static void Send(Container container, int signal, bool toAll)
    {
        ContainerRecord record = container.Read();
        ContainerStatus status = container.Status(record);
        // runtime.md, "Kill": neither created nor running is an error. With --all, what the first process has left
        // behind can still be there.
        if (toAll && record.Cgroup is { Directories.Count: > 0 })
            ContainerKill.SendAll(record, signal);
        else if (status == ContainerStatus.Stopped || !ContainerKill.Send(record, signal))
            throw new ContainerException($"cannot kill container '{container.Id}': container not running");
    }

    private static int Signal(string text) =>
        SignalName.Parse(text) ?? throw new UsageException($"kill: '{text}' is no signal");
}
