using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun create</c>.</summary>
internal static class CreateCommand
{
    public static Command Command => new(
        new CommandSyntax("create", "CONTAINER", "Makes a container of a bundle, up to its program, which 'start' then executes.", CreationOptions.With()) { Minimum = 1, Maximum = 1 },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        using ForwardedSignals signals = new(isDetached: true);
        ContainerCreation.Run(global.Store, CreationOptions.Read(global, arguments) with { WaitsForStart = true, IsDetached = true, Interruption = signals.Interruption });
        return 0;
    }
}
