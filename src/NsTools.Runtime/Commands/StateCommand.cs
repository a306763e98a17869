using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun state</c>.</summary>
internal static class StateCommand
{
    public static Command Command => new(
        new CommandSyntax("state", "CONTAINER", "Prints the state of a container as JSON.") { Minimum = 1, Maximum = 1 },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        Container container = global.Store.Find(arguments.Operands[0]);
        ContainerRecord record = container.Read();
        StandardStream.WriteJson(JsonText.Write(isIndented: true, (record, status: container.Status(record)), static (writer, item) =>
            OciState.Write(writer, item.record, item.status)));
        return 0;
    }
}
