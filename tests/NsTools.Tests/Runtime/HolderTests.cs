using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using Xunit;

namespace NsTools.Tests.Runtime;

public sealed class HolderTests
{
    [Fact]
    public void It_is_PID_1_named_for_its_set_and_keeps_nothing_of_the_callers()
    {
        RuntimeSpec spec = Launch.Spec(null, ["pid"]) with { Annotations = new Dictionary<string, string> { ["io.nstools.name"] = "buda" } };
        using LaunchedProcess holder = Launch.Hold(spec);
        try
        {
            string proc = $"/proc/{holder.ProcessId}";
            Assert.Equal("nsrun\0hold\0buda\0", File.ReadAllText($"{proc}/cmdline"));
            Assert.EndsWith("\t1", File.ReadLines($"{proc}/status").First(l => l.StartsWith("NSpid:", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.Equal(
                ["/dev/null", "/dev/null", "/dev/null"],
                Directory.GetFileSystemEntries($"{proc}/fd").Select(fd => new FileInfo(fd).LinkTarget!));
            Assert.Equal("/", new FileInfo($"{proc}/cwd").LinkTarget);
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SIGTERM_ends_it(bool ownPidNamespace)
    {
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(null, ownPidNamespace ? ["pid"] : ["uts"]));
        Assert.Null(holder.Wait(TimeSpan.Zero, CancellationToken.None));
        holder.Kill(Signals.Terminate);
        Assert.NotNull(holder.Wait(Launch.Limit, CancellationToken.None));
    }

    [Fact]
    public void It_survives_the_signals_that_a_closed_terminal_sends()
    {
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(null, ["pid"]));
        try
        {
            holder.Kill(Signals.Hangup);
            holder.Kill(Signals.User1);
            Assert.Null(holder.Wait(TimeSpan.FromMilliseconds(100), CancellationToken.None));
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
    }

    [Fact]
    public void It_reaps_the_orphans_of_its_PID_namespace()
    {
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(null, ["user", "pid", "mount"]));
        try
        {
            string ns = $"/proc/{holder.ProcessId}/ns";
            RuntimeSpec join = Launch.Spec(null, [$"user={ns}/user", $"pid={ns}/pid", $"mount={ns}/mnt"], "x");
            // The subshell ends at once, so the sleeper becomes the holder's child, and ends later.
            Launch.Shell(join, "(sleep 0.2 & echo $! > /dev/null)");
            Launch.WaitUntil(
                () => Launch.Shell(join, "cat /proc/[0-9]*/status | grep -c '^State:.*Z'; ps -o pid= -e | wc -l").Output.StartsWith("0\n", StringComparison.Ordinal)
                    && File.ReadAllText($"/proc/{holder.ProcessId}/task/{holder.ProcessId}/children").Trim().Length == 0,
                "the orphan was reaped");
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
    }

    [Fact]
    public void It_takes_no_processor_time_while_nothing_happens()
    {
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(null, ["pid"]));
        try
        {
            long before = Ticks(holder.ProcessId);
            Thread.Sleep(300);
            Assert.Equal(before, Ticks(holder.ProcessId));
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
    }

    [Fact]
    public void A_wait_for_it_can_be_cancelled()
    {
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(null, ["uts"]));
        try
        {
            using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            Assert.ThrowsAny<OperationCanceledException>(() => holder.Wait(Timeout.InfiniteTimeSpan, cancellation.Token));
            Assert.True(Launch.IsAlive(holder.ProcessId));
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
    }

    // utime and stime, in ticks (proc_pid_stat(5)).
    private static long Ticks(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], System.Globalization.CultureInfo.InvariantCulture) + long.Parse(fields[12], System.Globalization.CultureInfo.InvariantCulture);
    }
}
