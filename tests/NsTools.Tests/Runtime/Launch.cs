using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Tests.Runtime;

/// <summary>Launches through <see cref="RuntimeLauncher"/>, as root or, with a user namespace added, as an ordinary user.</summary>
internal static class Launch
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static string RuntimePath { get; } = Environment.GetEnvironmentVariable("NSTOOLS_RUNTIME")!;

    public static RuntimeLauncher Launcher { get; } = new(RuntimePath);

    public static RuntimeSpec Spec(string? root, string[] namespaces, params string[] arguments)
    {
        var items = namespaces.Select(n => n.Split('=')).Select(n => new NamespaceSpec { Type = n[0], Path = n.ElementAtOrDefault(1) }).ToList();
        bool joinsUser = items.Any(n => n.Type == "user" && n.Path is not null);
        if (LibC.geteuid() != 0 && !items.Any(n => n.Type == "user"))
            items.Add(new NamespaceSpec { Type = "user" });
        bool newUser = items.Any(n => n.Type == "user") && !joinsUser;
        bool ownProc = items.Any(n => n is { Type: "pid", Path: null }) && items.Any(n => n is { Type: "mount", Path: null });
        return new RuntimeSpec
        {
            Process = arguments.Length == 0 ? null : new ProcessSpec
            {
                Args = arguments,
                Cwd = "/",
                Env = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            },
            Root = root is null ? null : new RootSpec { Path = root },
            Mounts = ownProc ? [new MountSpec { Destination = "/proc", Type = "proc", Source = "proc" }] : null,
            Linux = new LinuxSpec
            {
                Namespaces = items,
                UidMappings = newUser ? [new IdMapping { ContainerId = 0, HostId = LibC.geteuid(), Size = 1 }] : null,
                GidMappings = newUser ? [new IdMapping { ContainerId = 0, HostId = LibC.getegid(), Size = 1 }] : null,
            },
        };
    }

    public static LaunchOutput Run(RuntimeSpec spec, string input = "")
    {
        (SafeFileHandle inputRead, SafeFileHandle inputWrite) = DescriptorTable.Pipe();
        (SafeFileHandle outputRead, SafeFileHandle outputWrite) = DescriptorTable.Pipe();
        (SafeFileHandle errorRead, SafeFileHandle errorWrite) = DescriptorTable.Pipe();
        LaunchedProcess process;
        using (inputRead)
        using (outputWrite)
        using (errorWrite)
            process = Launcher.Start(new LaunchRequest { Spec = spec, StandardInput = inputRead, StandardOutput = outputWrite, StandardError = errorWrite });
        using (process)
        {
            Task<string> output = Task.Run(() => ReadAll(outputRead)), error = Task.Run(() => ReadAll(errorRead));
            using (var stream = new FileStream(inputWrite, FileAccess.Write))
                stream.Write(Encoding.UTF8.GetBytes(input));
            ProcessExit exit = process.Wait(Limit, CancellationToken.None) ?? throw new TimeoutException(string.Join(' ', spec.Process!.Args));
            return new LaunchOutput(exit, output.Result, error.Result);
        }
    }

    public static LaunchOutput Shell(RuntimeSpec spec, string script) =>
        Run(spec with { Process = (spec.Process ?? new ProcessSpec { Args = [], Cwd = "/", Env = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] }) with { Args = ["/bin/sh", "-c", script] } });

    public static LaunchedProcess Hold(RuntimeSpec spec) =>
        Launcher.Start(new LaunchRequest { Spec = spec with { Process = null }, Mode = LaunchMode.Holder });

    public static bool IsAlive(int pid)
    {
        try
        {
            // State: after the name in parentheses (proc_pid_stat(5)); a zombie has ended.
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static void WaitUntil(Func<bool> condition, string what)
    {
        DateTime end = DateTime.UtcNow + Limit;
        while (!condition())
        {
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"It never happened: {what}.");
            Thread.Sleep(5);
        }
    }

    private static string ReadAll(SafeFileHandle handle)
    {
        using var reader = new StreamReader(new FileStream(handle, FileAccess.Read));
        return reader.ReadToEnd();
    }
}

/// <summary>What a launched program left.</summary>
internal sealed record LaunchOutput(ProcessExit Exit, string Output, string Error);
