using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Xunit;

namespace NsTools.Tests.Runtime;

public sealed class LaunchRootTests
{
    [BusyBoxFact]
    public void A_root_is_pivoted_to_and_the_hosts_mounts_are_gone()
    {
        using var root = new BusyBoxRoot();
        LaunchOutput result = Launch.Shell(Launch.Spec(root.Path, ["mount", "pid"], "x"), "ls /; cat /proc/self/mountinfo; cat /proc/1/cmdline; true");
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["bin", "dev", "etc", "proc", "tmp"], lines.Take(5));
        Assert.Equal(["/", "/proc"], lines.Skip(5).Take(2).Select(l => l.Split(' ')[4]));
        Assert.StartsWith("/bin/sh\0", lines[7], StringComparison.Ordinal);
    }

    [BusyBoxFact]
    public void Without_a_mount_namespace_the_root_is_changed()
    {
        using var root = new BusyBoxRoot();
        Assert.Equal("bin\ndev\netc\nproc\ntmp\n/\n", Launch.Shell(Launch.Spec(root.Path, [], "x"), "ls /; pwd").Output);
    }

    [BusyBoxFact]
    public void Nothing_is_mounted_on_the_host()
    {
        using var root = new BusyBoxRoot();
        string before = File.ReadAllText("/proc/self/mountinfo");
        Launch.Shell(Devices(Launch.Spec(root.Path, ["mount", "pid"], "x")), "true");
        Assert.Equal(before, File.ReadAllText("/proc/self/mountinfo"));
    }

    [BusyBoxFact]
    public void A_read_only_root_is_read_only()
    {
        using var root = new BusyBoxRoot();
        RuntimeSpec spec = Launch.Spec(root.Path, ["mount"], "x");
        LaunchOutput result = Launch.Shell(spec with { Root = spec.Root! with { Readonly = true } }, "touch /file");
        Assert.Contains("Read-only file system", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(root["file"]));
    }

    [BusyBoxFact]
    public void Mount_targets_are_made_and_sources_are_the_hosts()
    {
        using var root = new BusyBoxRoot();
        using var host = new Harness.TemporaryDirectory();
        File.WriteAllText(host["config"], "from the host");
        RuntimeSpec spec = Launch.Spec(root.Path, ["mount"], "x") with
        {
            Mounts =
            [
                new() { Destination = "/etc/deep/er/config", Source = host["config"], Options = ["bind", "ro"] },
                new() { Destination = "/srv", Type = "tmpfs", Source = "tmpfs", Options = ["size=1m", "mode=700", "noexec"] },
            ],
        };
        LaunchOutput result = Launch.Shell(spec, "cat /etc/deep/er/config; echo x >> /etc/deep/er/config; cat /proc/self/mountinfo; ls -ld /srv");
        Assert.StartsWith("from the host", result.Output, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", result.Error, StringComparison.Ordinal);
        Assert.Contains("drwx------", result.Output, StringComparison.Ordinal);
    }

    [BusyBoxFact]
    public void A_mount_on_the_root_replaces_it()
    {
        using var root = new BusyBoxRoot();
        using var other = new BusyBoxRoot();
        File.WriteAllText(other["etc/marker"], "");
        RuntimeSpec spec = Launch.Spec(root.Path, ["mount"], "x") with
        {
            Mounts = [new() { Destination = "/", Source = other.Path, Options = ["rbind"] }],
        };
        Assert.Equal("marker\n", Launch.Shell(spec, "ls /etc").Output);
    }

    [BusyBoxFact]
    public void A_link_in_the_root_cannot_lead_a_mount_out_of_it()
    {
        using var root = new BusyBoxRoot();
        using var outside = new Harness.TemporaryDirectory();
        Directory.CreateDirectory(outside["target"]);
        Directory.CreateSymbolicLink(root["absolute"], outside.Path);
        Directory.CreateSymbolicLink(root["upward"], "../../../../../../../.." + outside.Path);
        Directory.CreateSymbolicLink(root["magic"], "/proc/self/root" + outside.Path);
        foreach (string link in new[] { "absolute", "upward", "magic" })
        {
            RuntimeSpec spec = Launch.Spec(root.Path, ["mount"], "x") with
            {
                Mounts = [new() { Destination = $"/{link}/target/made", Type = "tmpfs", Source = "tmpfs" }],
            };
            Assert.Equal(0, Launch.Shell(spec, "true").Exit.ExitCode);
            Assert.Empty(Directory.GetFileSystemEntries(outside["target"]));
        }
    }

    [BusyBoxFact]
    public void A_private_dev_has_the_standard_devices_with_their_modes()
    {
        using var root = new BusyBoxRoot();
        LaunchOutput result = Launch.Shell(
            Devices(Launch.Spec(root.Path, ["mount", "pid"], "x")),
            "cd /dev; ls -l null zero full random urandom tty; readlink fd; readlink stdin; readlink stdout; readlink stderr; readlink ptmx; echo gone > /dev/null; exec head -c 4 /dev/zero");
        string[] lines = result.Output.Split('\n');
        Assert.Equal(6, lines.Count(l => l.StartsWith("crw-rw-rw-", StringComparison.Ordinal)));
        Assert.Equal(["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"], lines.Skip(6).Take(5));
        Assert.Equal("\0\0\0\0", lines[11]);
    }

    [BusyBoxFact]
    public void A_file_system_that_refuses_says_why_and_where()
    {
        using var root = new BusyBoxRoot();
        RuntimeSpec spec = Launch.Spec(root.Path, ["mount"], "/bin/true") with
        {
            Mounts = [new() { Destination = "/srv", Type = "tmpfs", Source = "tmpfs", Options = ["nonsense=1"] }],
        };
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Run(spec));
        Assert.Equal(("fsconfig", "EINVAL"), (failure.Syscall, failure.Name));
        Assert.Contains("nonsense", failure.Detail, StringComparison.Ordinal);
        Assert.Contains("/srv", failure.Detail, StringComparison.Ordinal);
    }

    [BusyBoxFact]
    public void A_container_without_a_C_library_is_joined()
    {
        using var root = new BusyBoxRoot();
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(root.Path, ["user", "mount", "pid"]));
        try
        {
            string ns = $"/proc/{holder.ProcessId}/ns";
            LaunchOutput result = Launch.Shell(Launch.Spec(null, [$"user={ns}/user", $"pid={ns}/pid", $"mount={ns}/mnt"], "x"), "ls /; ps -o pid,args");
            Assert.StartsWith("bin\ndev\netc\nproc\ntmp\n", result.Output, StringComparison.Ordinal);
            Assert.Contains("nsrun hold", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
    }

    [BusyBoxFact]
    public void The_runtimes_own_binary_cannot_be_written_from_inside()
    {
        using var root = new BusyBoxRoot();
        byte[] before = File.ReadAllBytes(Launch.RuntimePath);
        using LaunchedProcess holder = Launch.Hold(Launch.Spec(root.Path, ["user", "mount", "pid"]));
        try
        {
            // CVE-2019-5736: /proc/PID/exe of the runtime, opened for writing by a process of the container.
            string ns = $"/proc/{holder.ProcessId}/ns";
            RuntimeSpec join = Launch.Spec(null, [$"user={ns}/user", $"pid={ns}/pid", $"mount={ns}/mnt"], "x");
            LaunchOutput result = Launch.Shell(join, "echo evil > /proc/1/exe; echo evil >> /proc/1/exe; readlink /proc/1/exe");
            Assert.DoesNotContain("evil", result.Output, StringComparison.Ordinal);
            Assert.NotEqual("", result.Error);
            // The descriptor of a read-only open, opened again for writing: the seal is what forbids that to root.
            LaunchOutput again = Launch.Shell(join, "exec 3</proc/1/exe; kill -0 1 && sleep 0; echo evil > /proc/self/fd/3");
            Assert.NotEqual("", again.Error);
        }
        finally
        {
            holder.Kill(Signals.Kill);
        }
        Assert.Equal(before, File.ReadAllBytes(Launch.RuntimePath));
    }

    private static RuntimeSpec Devices(RuntimeSpec spec) => spec with
    {
        Mounts =
        [
            .. spec.Mounts ?? [],
            new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "mode=755"] },
            new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["newinstance", "ptmxmode=0666", "mode=0620"] },
        ],
    };
}
