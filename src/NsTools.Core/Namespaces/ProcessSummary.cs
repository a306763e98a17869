using System.Globalization;
using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>A process, for choosing one from a list.</summary>
/// <param name="ProcessId">Its ID.</param>
/// <param name="Command">Its command line; for a kernel thread its name.</param>
public sealed record ProcessSummary(int ProcessId, string Command)
{
    /// <summary>The ID as text.</summary>
    public string IdText => ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The program's name without its directory.</summary>
    public string Name => Path.GetFileName(Command.Split(' ', 2)[0]);

    /// <summary>All visible processes, by ID.</summary>
    public static IEnumerable<ProcessSummary> List()
    {
        foreach (int processId in ProcDirectory.EnumerateProcesses().Order())
        {
            using ProcDirectory? process = ProcDirectory.TryOpen(processId, out _);
            if (process?.ReadCommand() is { } command)
                yield return new ProcessSummary(processId, command);
        }
    }
}
