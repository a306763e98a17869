using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Runtime;

public sealed class LaunchLifetimeTests
{
    [Fact]
    public void Disposing_a_running_process_ends_it()
    {
        LaunchedProcess process = Start("exec sleep 1000");
        int pid = process.ProcessId;
        process.Dispose();
        Launch.WaitUntil(() => !Launch.IsAlive(pid), "the process ended");
    }

    [Fact]
    public void Killing_the_monitor_ends_the_process()
    {
        using LaunchedProcess process = Start("exec sleep 1000");
        int monitor = int.Parse(Status(process.ProcessId, "PPid"), CultureInfo.InvariantCulture);
        Assert.Equal(0, LibC.kill(monitor, LibC.SIGKILL));
        Assert.Equal(new ProcessExit(137, 9), process.Wait(Launch.Limit, CancellationToken.None));
        Launch.WaitUntil(() => !Launch.IsAlive(process.ProcessId), "the process ended");
    }

    [Fact]
    public void A_timeout_leaves_it_running_and_a_kill_ends_its_whole_group()
    {
        using LaunchedProcess process = Start("sleep 1000 & wait", out int child);
        Assert.Null(process.Wait(TimeSpan.FromMilliseconds(50), CancellationToken.None));
        Assert.True(Launch.IsAlive(child));
        process.Kill(Signals.Terminate);
        Assert.Equal(new ProcessExit(143, 15), process.Wait(Launch.Limit, CancellationToken.None));
        Launch.WaitUntil(() => !Launch.IsAlive(child), "the process in the background ended");
    }

    [Fact]
    public void SIGKILL_ends_even_what_has_left_the_group()
    {
        // setsid(1) gives the sleeper a session of its own, and its parent ends: an orphan of another group.
        using LaunchedProcess process = Start("setsid sh -c 'sleep 1000 & echo $!' & wait; sleep 1000", out int child);
        Assert.True(Launch.IsAlive(child));
        process.Kill(Signals.Kill);
        Assert.Equal(new ProcessExit(137, 9), process.Wait(Launch.Limit, CancellationToken.None));
        Launch.WaitUntil(() => !Launch.IsAlive(child), "the orphan ended");
    }

    [Fact]
    public void What_a_finished_program_leaves_in_the_background_lives_on()
    {
        LaunchedProcess process = Start("setsid sleep 1000 >/dev/null 2>&1 & echo $!", out int child, readPid: true);
        using (process)
            Assert.Equal(new ProcessExit(0, 0), process.Wait(Launch.Limit, CancellationToken.None));
        Assert.True(Launch.IsAlive(child));
        Assert.Equal(0, LibC.kill(child, LibC.SIGKILL));
    }

    [Fact]
    public void Killing_PID_1_of_a_new_PID_namespace_ends_all_in_it()
    {
        RuntimeSpec spec = Launch.Spec(null, ["pid", "mount"], "/bin/sh", "-c", "setsid sleep 1000 & sleep 1000");
        using LaunchedProcess process = Launch.Launcher.Start(new LaunchRequest { Spec = spec });
        string ns = new FileInfo($"/proc/{process.ProcessId}/ns/pid").LinkTarget!;
        Launch.WaitUntil(() => InNamespace(ns) >= 3, "the shell and both sleepers run");
        process.Kill(Signals.Kill);
        Assert.NotNull(process.Wait(Launch.Limit, CancellationToken.None));
        Launch.WaitUntil(() => InNamespace(ns) == 0, "the namespace is empty");
    }

    [Fact]
    public void A_failed_start_leaves_no_process()
    {
        // What another test has started may be ending still.
        string[] before = OwnRuntimes();
        for (int i = 0; i < 5; i++)
            Assert.Throws<SyscallException>(() => Launch.Run(Launch.Spec(null, ["pid", "mount", "uts"], "no-such-program")));
        Assert.Empty(OwnRuntimes().Except(before));
    }

    [Fact]
    public void Signalling_what_has_ended_is_no_error()
    {
        using LaunchedProcess process = Start("exit 0");
        Assert.NotNull(process.Wait(Launch.Limit, CancellationToken.None));
        process.Kill(Signals.Terminate);
        process.Kill(Signals.Kill);
    }

    private static string[] OwnRuntimes()
    {
        string own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return [.. Directory.GetDirectories("/proc").Select(path => Path.GetFileName(path)).Where(name => name.All(char.IsAsciiDigit))
            .Where(pid => StatusOrNull(pid, "PPid") == own && StatusOrNull(pid, "Name") is "nsrun")];
    }

    private static LaunchedProcess Start(string script) =>
        Launch.Launcher.Start(new LaunchRequest { Spec = Launch.Spec(null, [], "/bin/sh", "-c", script) });

    // The process whose number the script's own last background job has: the script is made to print it first.
    private static LaunchedProcess Start(string script, out int child, bool readPid = false)
    {
        (SafeFileHandle read, SafeFileHandle write) = DescriptorTable.Pipe();
        string told = readPid || script.Contains("echo $!", StringComparison.Ordinal) ? script : script.Replace("&", "& echo $!;", StringComparison.Ordinal);
        LaunchedProcess process;
        using (write)
            process = Launch.Launcher.Start(new LaunchRequest { Spec = Launch.Spec(null, [], "/bin/sh", "-c", told), StandardOutput = write });
        using var reader = new StreamReader(new FileStream(read, FileAccess.Read, 1));
        child = int.Parse(reader.ReadLine()!, CultureInfo.InvariantCulture);
        return process;
    }

    private static int InNamespace(string link)
    {
        int count = 0;
        foreach (string process in Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(p[6])))
        {
            try
            {
                if (new FileInfo($"{process}/ns/pid").LinkTarget == link)
                    count++;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is not ours to look at.
            }
        }
        return count;
    }

    private static string Status(int pid, string field) => StatusOrNull(pid.ToString(CultureInfo.InvariantCulture), field)!;

    private static string? StatusOrNull(string pid, string field)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/status").FirstOrDefault(l => l.StartsWith($"{field}:", StringComparison.Ordinal))?.Split('\t')[1];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
