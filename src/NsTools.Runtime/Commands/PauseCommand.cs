using NsTools.Interop.Cgroups.Containers;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun pause</c> and <c>nsrun resume</c>.</summary>
internal static class PauseCommand
{
    public static Command Pause => new(
        new CommandSyntax("pause", "CONTAINER", "Freezes all processes of a container.") { Minimum = 1, Maximum = 1 },
        static (global, arguments) => Run(global, arguments.Operands[0], isPaused: true));

    public static Command Resume => new(
        new CommandSyntax("resume", "CONTAINER", "Thaws the processes of a paused container.") { Minimum = 1, Maximum = 1 },
        static (global, arguments) => Run(global, arguments.Operands[0], isPaused: false));

    private static int Run(GlobalOptions global, string id, bool isPaused)
    {
        Container container = global.Store.Find(id);
        ContainerRecord record = container.Read();
        ContainerStatus status = container.Status(record);
        if (isPaused ? status is not (ContainerStatus.Running or ContainerStatus.Created) : status != ContainerStatus.Paused)
            throw new ContainerException($"cannot {(isPaused ? "pause" : "resume")} container '{id}': it is {ContainerStatusName.Of(status)}");
        if (record.Cgroup is not { Directories.Count: > 0 } found)
            throw new ContainerException($"cannot {(isPaused ? "pause" : "resume")} container '{id}': it has no cgroup of its own");
        using ContainerCgroup cgroup = ContainerCgroup.Open(found);
        ContainerProcesses.SetFrozen(cgroup, isPaused);
        return 0;
    }
}
