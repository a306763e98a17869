using NsTools.Interop.Processes;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Runtime;

/// <summary><c>nsrun launch terminal</c> on a pseudo-terminal that the test made and looks at.</summary>
public sealed class TerminalTests
{
    [Fact]
    public void A_shell_has_a_terminal_of_the_same_size_and_job_control()
    {
        using var session = new TerminalSession("/bin/sh", 40, 120);
        session.Type("stty size; echo do''ne\n");
        session.Expect("40 120");
        session.Expect("done");
        session.Type("sleep 1000\n");
        // Until the sleeper has the foreground, Ctrl+Z goes to the shell, which ignores it.
        Launch.WaitUntil(() => session.Foreground() != session.Program, "the job has the foreground");
        session.Type("\x1a");
        Launch.WaitUntil(() => session.Foreground() == session.Program, "the shell has the foreground again");
        session.Type("jobs\n");
        session.Expect("topped");
        session.Type("kill -KILL %1; wait; echo a''live\n");
        session.Expect("alive");
        // dash remembers the stopped job and says so at the first attempt to leave.
        session.Type("exit 5\nexit 5\n");
        Assert.Equal(new ProcessExit(5, 0), session.Exit());
    }

    [Fact]
    public void Ctrl_C_goes_to_the_inner_program_only()
    {
        using var session = new TerminalSession("/bin/sh", 24, 80);
        session.Type("echo rea''dy; sleep 1000; echo bro''ken\n");
        session.Expect("ready");
        // Until the sleeper has the foreground, Ctrl+C goes to the shell.
        Launch.WaitUntil(() => session.Foreground() != session.Program, "the job has the foreground");
        session.Type("\x03");
        session.Type("echo a''live; exit 3\n");
        session.Expect("alive");
        Assert.Equal(new ProcessExit(3, 0), session.Exit());
    }

    [Fact]
    public void A_change_of_size_arrives()
    {
        using var session = new TerminalSession("/bin/sh", 24, 80);
        session.Type("echo rea''dy\n");
        session.Expect("ready");
        session.Resize(50, 132);
        Launch.WaitUntil(
            () =>
            {
                session.Type("stty size\n");
                return session.TryExpect("50 132", TimeSpan.FromMilliseconds(200));
            },
            "the new size arrived");
    }

    [Fact]
    public void The_outer_terminal_is_raw_meanwhile_and_whole_afterwards()
    {
        using var session = new TerminalSession("/bin/sh", 24, 80);
        string before = session.ModesBefore;
        session.Type("echo rea''dy\n");
        session.Expect("ready");
        Assert.NotEqual(before, session.Modes());
        session.Type("exit\n");
        session.Exit();
        Assert.Equal(before, session.Modes());
    }

    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Hangup)]
    public void The_outer_terminal_is_whole_after_a_signal_to_the_monitor(int signal)
    {
        using var session = new TerminalSession("/bin/cat", 24, 80);
        session.Type("ready\n");
        session.Expect("ready");
        Assert.Equal(0, LibC.kill(session.Monitor, signal));
        session.Exit();
        Assert.Equal(session.ModesBefore, session.Modes());
    }

    [Fact]
    public void The_outer_terminal_is_whole_and_the_program_gone_when_the_launcher_dies()
    {
        using var session = new TerminalSession("/bin/cat", 24, 80);
        session.Type("ready\n");
        session.Expect("ready");
        session.Abandon();
        Launch.WaitUntil(() => !Launch.IsAlive(session.Program), "the program ended");
        Launch.WaitUntil(() => session.Modes() == session.ModesBefore, "the terminal was restored");
    }

    [Fact]
    public void All_output_arrives_before_the_end()
    {
        using var session = new TerminalSession(["/bin/sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; echo en''d"], 24, 80);
        Assert.Equal(new ProcessExit(0, 0), session.Exit());
        session.Expect("end");
        Assert.Equal(300_000, session.Output.Count(c => c == 'x'));
    }
}
