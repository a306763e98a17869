using System.Globalization;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun list</c>.</summary>
internal static class ListCommand
{
    private static readonly string[] s_heading = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

    public static Command Command => new(
        new CommandSyntax(
            "list",
            "",
            "Lists containers.",
            new Option("format", "FORMAT", "table (the default) or json", 'f'),
            new Option("quiet", null, "print IDs only", 'q'))
        {
            Maximum = 0,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        bool isJson = OutputFormat.IsJson(arguments);
        if (arguments.Has("quiet"))
        {
            foreach (Container container in global.Store.All())
                StandardStream.WriteOutput($"{container.Id}\n");
            return 0;
        }
        var items = new List<(ContainerRecord Record, ContainerStatus Status)>();
        foreach (Container container in global.Store.All())
        {
            if (container.TryRead(out string? problem) is { } record)
                items.Add((record, container.Status(record)));
            else if (container.Status(null) == ContainerStatus.Stopped)
                RuntimeLog.Warning($"container '{container.Id}' is unusable, {problem}; 'nsrun delete --force {container.Id}' removes it");
        }
        if (isJson)
        {
            StandardStream.WriteJson(JsonText.Write(isIndented: false, items, static (writer, items) =>
            {
                writer.WriteStartArray();
                foreach ((ContainerRecord record, ContainerStatus status) in items)
                    OciState.Write(writer, record, status);
                writer.WriteEndArray();
            }));
            return 0;
        }
        WriteTable(items);
        return 0;
    }

    private static void WriteTable(List<(ContainerRecord Record, ContainerStatus Status)> items)
    {
        var rows = new List<string[]> { s_heading };
        foreach ((ContainerRecord record, ContainerStatus status) in items)
        {
            rows.Add(
            [
                record.Id, OciState.PidOf(record, status).ToString(CultureInfo.InvariantCulture), ContainerStatusName.Of(status), record.Bundle,
                OciState.Time(record.Created), UserName.Of(record.Owner),
            ]);
        }
        StandardStream.WriteOutput(TextTable.Format(rows));
    }
}
