using System.Globalization;
using System.Text;
using System.Text.Json;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>Lists the processes of a container.</summary>
/// <param name="store">Where it is.</param>
public sealed class ContainerProcessList(ContainerStore store)
{
    /// <summary>Its processes, by ID; none when it does not run.</summary>
    /// <param name="container">The container.</param>
    /// <exception cref="NsToolsException"><c>nsrun</c> failed.</exception>
    public IEnumerable<ContainerProcess> Of(Container container)
    {
        if (container.State is not (ContainerState.Running or ContainerState.Paused))
            yield break;
        using JsonDocument numbers = JsonDocument.Parse(store.Runtime.Run("ps", "--format", "json", container.Id));
        foreach (int number in numbers.RootElement.EnumerateArray().Select(element => element.GetInt32()).Order())
        {
            using ProcDirectory? process = ProcDirectory.TryOpen(number, out _);
            if (process is null)
                continue;
            byte[] buffer = new byte[4096];
            string status = Encoding.UTF8.GetString(process.ReadFile("status"u8, ref buffer));
            if (Field(status, "Name:") is not { } name)
                continue; // it has ended meanwhile
            yield return new ContainerProcess
            {
                Container = container.Name,
                ProcessId = number,
                // The last one is that of the innermost PID namespace (proc_pid_status(5)).
                InnerProcessId = Field(status, "NSpid:")?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [.., var inner] ? int.Parse(inner, CultureInfo.InvariantCulture) : null,
                UserId = process.ReadUserId(),
                ProcessName = name,
                Command = process.ReadCommand() ?? $"[{name}]",
            };
        }
    }

    private static string? Field(string status, string name) =>
        status.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
}
