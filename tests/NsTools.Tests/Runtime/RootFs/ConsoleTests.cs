using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Runtime.RootFs;

/// <summary>The terminal of a container with a root of its own (config-linux.md, "Default Devices": /dev/console).</summary>
public sealed class ConsoleTests
{
    private static readonly MountSpec s_pts = new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["newinstance", "ptmxmode=0666", "mode=0620"] };

    private static RuntimeSpec Spec(BusyBoxRoot root, string script, params MountSpec[] mounts)
    {
        RuntimeSpec spec = Launch.Spec(root.Path, ["mount", "pid"], "/bin/sh", "-c", script);
        return spec with { Process = spec.Process! with { Terminal = true }, Mounts = [.. spec.Mounts!, .. mounts] };
    }

    [BusyBoxFact]
    public void The_terminal_is_the_containers_own_and_its_console()
    {
        using var root = new BusyBoxRoot();
        using var session = new TerminalSession(
            Spec(
                root, "tty; busybox stat -c '%F %t:%T' /dev/console; busybox readlink -f /dev/ptmx; echo to-con''sole > /dev/console; echo en''d",
                new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["mode=755"] }, s_pts),
            24, 80);
        session.Expect("/dev/pts/0");
        session.Expect("character special file 88:0");
        session.Expect("/dev/pts/ptmx");
        session.Expect("to-console");
        session.Expect("end");
        Assert.Equal(0, session.Exit().ExitCode);
    }

    [BusyBoxFact]
    public void A_link_in_place_of_the_console_is_refused()
    {
        using var root = new BusyBoxRoot();
        using var dev = new TemporaryDirectory();
        File.WriteAllText(dev["victim"], "untouched");
        Directory.CreateDirectory(dev["pts"]);
        File.CreateSymbolicLink(dev["console"], "victim");
        SyscallException failure = Assert.Throws<SyscallException>(() => new TerminalSession(
            Spec(root, "true", new() { Destination = "/dev", Source = dev.Path, Options = ["bind"] }, s_pts), 24, 80));
        Assert.Equal(("EEXIST", "/dev/console"), (failure.Name, failure.Subject));
        Assert.Equal("untouched", File.ReadAllText(dev["victim"]));
    }

    [BusyBoxFact]
    public void A_fake_multiplexer_is_not_opened()
    {
        using var root = new BusyBoxRoot();
        Directory.CreateDirectory(root["dev/pts"]);
        // Opening a FIFO for reading and writing succeeds: what comes of it would be the image's.
        HostMounts.Run("mkfifo", root["dev/pts/ptmx"]);
        using var session = new TerminalSession(Spec(root, "busybox stat -L -c '%F %t' /proc/self/fd/0; echo en''d"), 24, 80);
        session.Expect("character special file 88");
        session.Expect("end");
    }
}
