using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun start</c>.</summary>
internal static class StartCommand
{
    public static Command Command => new(
        new CommandSyntax("start", "CONTAINER", "Executes the program of a container that 'create' has made.") { Minimum = 1, Maximum = 1 },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        ContainerStarter.Run(global.Store, arguments.Operands[0]);
        return 0;
    }
}
