using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun delete</c>.</summary>
internal static class DeleteCommand
{
    public static Command Command => new(
        new CommandSyntax(
            "delete",
            "CONTAINER",
            "Removes what is kept of a container whose program has ended, and its cgroup.",
            new Option("force", null, "kill it first when it runs; no complaint when it is not there", 'f'),
            new Option("regex", null, "CONTAINER is a regular expression, for all whose ID it matches", 'r'))
        {
            Minimum = 1,
            Maximum = 1,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        bool isForced = arguments.Has("force");
        string id = arguments.Operands[0];
        if (arguments.Has("regex"))
            return ContainerPattern.ForEach(global.Store, id, container => ContainerDeletion.Run(global.Store, container.Id, isForced));
        if (isForced && !global.Store.Has(id))
            return 0;
        ContainerDeletion.Run(global.Store, id, isForced);
        return 0;
    }
}
