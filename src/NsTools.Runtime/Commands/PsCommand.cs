using NsTools.Interop.Cgroups.Containers;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun ps</c>: the container's processes, as JSON or as lines of <c>ps(1)</c>.</summary>
internal static class PsCommand
{
    public static Command Command => new(
        new CommandSyntax(
            "ps",
            "CONTAINER [PS-OPTION...]",
            "Lists the processes of a container, by their IDs on the host.",
            new Option("format", "FORMAT", "table (the default) or json", 'f'))
        {
            Minimum = 1,
            EndsOptions = 1,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        bool isJson = OutputFormat.IsJson(arguments);
        ContainerRecord record = global.Store.Find(arguments.Operands[0]).Read();
        IReadOnlyCollection<int> processes = Processes(record);
        if (isJson)
        {
            StandardStream.WriteJson(JsonText.Write(isIndented: false, processes, static (writer, processes) =>
            {
                writer.WriteStartArray();
                foreach (int process in processes)
                    writer.WriteNumberValue(process);
                writer.WriteEndArray();
            }));
            return 0;
        }
        List<string> options = [.. arguments.Operands.Skip(1)];
        StandardStream.WriteOutput(ProcessTable.Read(options.Count > 0 ? options : ["-ef"], processes));
        return 0;
    }

    private static IReadOnlyCollection<int> Processes(ContainerRecord record)
    {
        if (record.Cgroup is not { Directories.Count: > 0 } found)
        {
            return record.Process is { IsAlive: true } process
                ? [process.ProcessId]
                : throw new ContainerException($"container '{record.Id}' has neither a cgroup nor a process");
        }
        using ContainerCgroup cgroup = ContainerCgroup.Open(found);
        return ContainerProcesses.List(cgroup);
    }
}
