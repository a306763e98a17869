using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>Runs <c>ps(1)</c> and keeps the lines of some processes, as runc does.</summary>
internal static class ProcessTable
{
    /// <summary>Runs it.</summary>
    /// <param name="options">Its options; its output needs a column <c>PID</c>.</param>
    /// <param name="processes">The processes.</param>
    /// <exception cref="ContainerException">It failed, or shows no <c>PID</c>.</exception>
    public static string Read(List<string> options, IReadOnlyCollection<int> processes)
    {
        string[] lines = Output(options).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int column = lines.Length == 0 ? -1 : Array.IndexOf(Fields(lines[0]), "PID");
        if (column < 0)
            throw new ContainerException("ps: its output has no column PID");
        var text = new StringBuilder().Append(lines[0]).Append('\n');
        foreach (string line in lines.AsSpan(1))
        {
            string[] fields = Fields(line);
            if (column < fields.Length && int.TryParse(fields[column], CultureInfo.InvariantCulture, out int process) && processes.Contains(process))
                text.Append(line).Append('\n');
        }
        return text.ToString();
    }

    private static string[] Fields(string line) => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static string Output(List<string> options)
    {
        string path = System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";
        string program = path.Split(':').Select(folder => $"{folder}/ps").FirstOrDefault(File.Exists) ?? throw new ContainerException("ps: it is in no directory of PATH; '--format json' does without");
        (SafeFileHandle read, SafeFileHandle write) = DescriptorTable.Pipe();
        using var output = new FileStream(read, FileAccess.Read, bufferSize: 0);
        int pid;
        using (write)
        using (SafeFileHandle end = DescriptorTable.DuplicateAbove(Descriptor.Number(write), 64))
            pid = PosixSpawn.Start(program, ["ps", .. options], [$"PATH={path}", "LC_ALL=C.UTF-8"], [(Descriptor.Number(end), STDOUT_FILENO)], SpawnGroup.Callers, []);
        string text = new StreamReader(output).ReadToEnd();
        return ChildProcess.Wait(pid) is { ExitCode: 0 } ? text : throw new ContainerException($"ps {string.Join(' ', options)} failed");
    }
}
