using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using NsTools.Tests.Harness;

namespace NsTools.Tests.Runtime.Containers;

/// <summary>A bundle with BusyBox as its root, and containers made of it by any runtime; all of them are deleted at the end.</summary>
internal sealed class ContainerBundle : IDisposable
{
    private static readonly string[] s_applets = ["stat", "grep", "mkdir", "chrt", "ionice", "nice", "uname", "sort", "pwd", "seq", "dd", "tail", "rm", "chmod", "wc", "sed", "tr", "chroot"];
    private static int s_count;

    private readonly BusyBoxRoot _root = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly List<(string Runtime, string Id)> _containers = [];

    public ContainerBundle(params string[] arguments)
    {
        foreach (string applet in s_applets)
            File.CreateSymbolicLink(_root[$"bin/{applet}"], "busybox");
        Config = (JsonObject)JsonNode.Parse(
            $$"""
            {
              "ociVersion": "1.0.2",
              "process": { "args": [], "cwd": "/", "env": ["PATH=/bin"], "user": { "uid": 0, "gid": 0 } },
              "root": { "path": "{{_root.Path}}" },
              "mounts": [
                { "destination": "/proc", "type": "proc", "source": "proc" },
                { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"] }
              ],
              "linux": { "namespaces": [{ "type": "pid" }, { "type": "mount" }, { "type": "ipc" }, { "type": "uts" }, { "type": "network" }] }
            }
            """)!;
        Arguments = arguments;
    }

    /// <summary>The config; written anew for every run.</summary>
    public JsonObject Config { get; }

    public JsonObject Process => Config["process"]!.AsObject();

    public string[] Arguments
    {
        set => Process["args"] = new JsonArray([.. value.Select(argument => (JsonNode)argument)]);
    }

    /// <summary>A shell script to run.</summary>
    public string Script
    {
        set => Arguments = ["/bin/sh", "-c", value];
    }

    /// <summary>Path of a file of the root.</summary>
    public string this[string relative] => _root[relative];

    public string Path => _directory.Path;

    /// <summary>Changes the config by a member's path and JSON.</summary>
    public ContainerBundle With(string path, string json)
    {
        Oci.JsonTree.Replace(Config, path, JsonNode.Parse(json)!);
        return this;
    }

    /// <summary>Runs the container to its end.</summary>
    public ToolOutput Run(string runtime)
    {
        string id = NewId(runtime);
        return Invoke(runtime, "run", "--bundle", Path, id);
    }

    /// <summary>Creates and starts the container.</summary>
    public string Start(string runtime)
    {
        string id = Create(runtime);
        Invoke(runtime, "start", id).Require();
        return id;
    }

    public string Create(string runtime)
    {
        string id = NewId(runtime);
        // Who reads these streams would wait for the container itself.
        ToolOutput output = Tool.RunDetached(_directory["create.log"], Line(runtime, "create", "--bundle", WriteConfig(), id));
        output.Require();
        return id;
    }

    public ToolOutput Exec(string runtime, string id, params string[] program) => Invoke(runtime, ["exec", id, .. program]);

    public ToolOutput Invoke(string runtime, params string[] arguments)
    {
        WriteConfig();
        return Tool.Run(Line(runtime, arguments));
    }

    public int ProcessId(string runtime, string id) =>
        JsonNode.Parse(Invoke(runtime, "state", id).Require().Output)!["pid"]!.GetValue<int>();

    public void Dispose()
    {
        foreach ((string runtime, string id) in _containers)
            _ = Tool.Run(Line(runtime, "delete", "--force", id));
        _directory.Dispose();
        _root.Dispose();
    }

    private string NewId(string runtime)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"nstools-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");
        _containers.Add((runtime, id));
        return id;
    }

    private string WriteConfig()
    {
        File.WriteAllText(_directory["config.json"], Config.ToJsonString());
        return Path;
    }

    private string State(string runtime) => _directory[$"state-{System.IO.Path.GetFileName(runtime)}"];

    // Debian 12's crun knows no hybrid hierarchies that are in use; where it cannot see them it does without.
    private string[] Line(string runtime, params string[] arguments) => System.IO.Path.GetFileName(runtime) == "crun"
        ? ["unshare", "--mount", "sh", "-c", "umount -l /sys/fs/cgroup/unified 2>/dev/null; exec \"$0\" --cgroup-manager=disabled \"$@\"", runtime, "--root", State(runtime), .. arguments]
        : [runtime, "--root", State(runtime), .. arguments];
}

/// <summary>A program that was run.</summary>
internal sealed record ToolOutput(string Command, int ExitCode, string Output, string Error)
{
    public ToolOutput Require() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"{Command}: {ExitCode}: {Error}{Output}");
}

/// <summary>Runs programs of the host.</summary>
internal static class Tool
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static ToolOutput Run(params string[] line)
    {
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = System.Diagnostics.Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        return Finish(process, line, () => (output.Result, error.Result));
    }

    /// <summary>Runs a program whose output others inherit: it goes to a file.</summary>
    public static ToolOutput RunDetached(string log, params string[] line)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" </dev/null >\"$log\" 2>&1", "sh", log, .. line]);
        using Process process = System.Diagnostics.Process.Start(start)!;
        return Finish(process, line, () => ("", File.ReadAllText(log)));
    }

    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static ToolOutput Finish(Process process, string[] line, Func<(string Output, string Error)> read)
    {
        string command = string.Join(' ', line);
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(command);
        }
        (string output, string error) = read();
        return new ToolOutput(command, process.ExitCode, output, error);
    }
}
