using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Runtime.RootFs;

/// <summary>The config's mounts (config.md, "Mounts"), as the container sees them.</summary>
public sealed class MountTests
{
    private static readonly string[] s_own = ["mount", "pid", "network", "ipc", "uts"];

    private static RuntimeSpec Spec(BusyBoxRoot root, params MountSpec[] mounts)
    {
        RuntimeSpec spec = Launch.Spec(root.Path, s_own, "x");
        return spec with { Mounts = [.. spec.Mounts!, .. mounts] };
    }

    // Options and propagation of a mount in mountinfo: fields 6 to 8.
    private static string MountLine(string table, string target) =>
        table.Split('\n').Last(line => line.Split(' ') is { Length: > 6 } fields && fields[4] == target);

    [RootFact]
    public void Recursive_options_reach_the_mounts_below()
    {
        using var root = new BusyBoxRoot();
        using var host = new HostMounts();
        string sub = host.TmpFs("outer/sub");
        LaunchOutput result = Launch.Shell(
            Spec(
                root,
                new MountSpec { Destination = "/all", Source = Path.GetDirectoryName(sub), Options = ["rbind", "rro", "rnosuid", "rnodev", "rnoexec", "rnoatime", "rnosymfollow"] },
                new MountSpec { Destination = "/top", Source = Path.GetDirectoryName(sub), Options = ["rbind", "ro", "nosuid", "noexec"] },
                new MountSpec { Destination = "/back", Source = Path.GetDirectoryName(sub), Options = ["rbind", "rro", "rnosuid", "rrw", "rsuid"] }),
            "cat /proc/self/mountinfo");
        foreach (string target in new[] { "/all", "/all/sub" })
            Assert.Contains(" ro,nosuid,nodev,noexec,noatime,nosymfollow ", MountLine(result.Output, target), StringComparison.Ordinal);
        Assert.Contains(" ro,nosuid,noexec,", MountLine(result.Output, "/top"), StringComparison.Ordinal);
        Assert.Contains(" rw,relatime ", MountLine(result.Output, "/top/sub"), StringComparison.Ordinal);
        Assert.Contains(" rw,relatime ", MountLine(result.Output, "/back/sub"), StringComparison.Ordinal);
    }

    [RootFact]
    public void Each_mount_keeps_the_propagation_that_it_was_given()
    {
        using var root = new BusyBoxRoot();
        using var host = new HostMounts();
        string shared = host.TmpFs("shared", "shared");
        LaunchOutput result = Launch.Shell(
            Spec(
                root,
                new MountSpec { Destination = "/inherited", Source = shared, Options = ["rbind"] },
                new MountSpec { Destination = "/slave", Source = shared, Options = ["rbind", "rslave"] },
                new MountSpec { Destination = "/private", Source = shared, Options = ["rbind", "rprivate"] },
                new MountSpec { Destination = "/unbindable", Source = shared, Options = ["rbind", "unbindable"] }),
            "cat /proc/self/mountinfo");
        Assert.Contains(" master:", MountLine(result.Output, "/inherited"), StringComparison.Ordinal);
        Assert.Contains(" master:", MountLine(result.Output, "/slave"), StringComparison.Ordinal);
        Assert.DoesNotContain(" master:", MountLine(result.Output, "/private"), StringComparison.Ordinal);
        Assert.Contains(" unbindable ", MountLine(result.Output, "/unbindable"), StringComparison.Ordinal);
    }

    [RootFact]
    public void A_shared_root_lets_mounts_out_and_nothing_else_appears_on_the_host()
    {
        using var root = new BusyBoxRoot();
        using var host = new HostMounts();
        string shared = host.TmpFs("shared", "shared");
        Directory.CreateDirectory(Path.Combine(shared, "in"));
        string before = File.ReadAllText("/proc/self/mountinfo");
        RuntimeSpec spec = Spec(root, new MountSpec { Destination = "/m", Source = shared, Options = ["rbind", "rshared"] });
        LaunchOutput result = Launch.Shell(
            spec with { Linux = spec.Linux! with { RootfsPropagation = "rshared" } },
            "busybox mount -t tmpfs inside /m/in && cat /proc/self/mountinfo");
        Assert.Contains(" shared:", MountLine(result.Output, "/"), StringComparison.Ordinal);
        string added = Assert.Single(File.ReadAllLines("/proc/self/mountinfo").Except(before.Split('\n')));
        Assert.Equal($"{shared}/in", added.Split(' ')[4]);
        HostMounts.Unmount($"{shared}/in");
    }

    [BusyBoxFact]
    public void A_tmpfs_has_the_mode_of_the_directory_that_it_covers()
    {
        using var root = new BusyBoxRoot();
        Directory.CreateDirectory(root["secret"]);
        File.SetUnixFileMode(root["secret"], (UnixFileMode)0b111_000_000);
        LaunchOutput result = Launch.Shell(
            Spec(
                root,
                new MountSpec { Destination = "/secret", Type = "tmpfs", Source = "tmpfs" },
                new MountSpec { Destination = "/new", Type = "tmpfs", Source = "tmpfs" },
                new MountSpec { Destination = "/asked", Type = "tmpfs", Source = "tmpfs", Options = ["mode=750"] }),
            "busybox stat -c %a /secret /new /asked");
        Assert.Equal("700\n1777\n750\n", result.Output);
    }

    [BusyBoxFact]
    public void A_read_only_tmpfs_takes_the_mounts_below_it_first()
    {
        using var root = new BusyBoxRoot();
        LaunchOutput result = Launch.Shell(
            Spec(
                root,
                new MountSpec { Destination = "/ro", Type = "tmpfs", Source = "tmpfs", Options = ["ro", "nosuid"] },
                new MountSpec { Destination = "/ro/below", Type = "tmpfs", Source = "tmpfs" }),
            "touch /ro/x; touch /ro/below/x && echo below; cat /proc/self/mountinfo");
        Assert.Contains("/ro/x: Read-only file system", result.Error, StringComparison.Ordinal);
        Assert.StartsWith("below\n", result.Output, StringComparison.Ordinal);
        Assert.Contains(" ro,nosuid,relatime ", MountLine(result.Output, "/ro"), StringComparison.Ordinal);
    }

    [RootFact]
    public void Tmpcopyup_copies_the_tree_that_it_covers()
    {
        using var root = new BusyBoxRoot();
        Directory.CreateDirectory(root["var/deep"]);
        File.WriteAllText(root["var/deep/file"], "content");
        File.SetUnixFileMode(root["var/deep/file"], (UnixFileMode)0b110_100_000);
        File.CreateSymbolicLink(root["var/link"], "/nowhere");
        HostMounts.Run("chown", "1234:5678", root["var/deep/file"]);
        HostMounts.Run("touch", "-d", "2001-02-03 04:05:06 UTC", root["var/deep/file"]);
        HostMounts.Run("mkfifo", "-m", "600", root["var/pipe"]);
        LaunchOutput result = Launch.Shell(
            Spec(root, new MountSpec { Destination = "/var", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup", "size=1m"] }),
            "busybox stat -f -c %T /var; busybox stat -c '%n %a %u %g %Y' /var/deep/file; cat /var/deep/file; echo; readlink /var/link; busybox stat -c '%F %a' /var/pipe; echo more > /var/deep/file; rm -f /var/link");
        Assert.Equal("tmpfs\n/var/deep/file 640 1234 5678 981173106\ncontent\n/nowhere\nfifo 600\n", result.Output);
        Assert.Equal("content", File.ReadAllText(root["var/deep/file"]));
        Assert.True(File.ResolveLinkTarget(root["var/link"], returnFinalTarget: false) is not null);
    }

    [RootFact]
    public void Tmpcopyup_that_does_not_fit_is_an_error()
    {
        using var root = new BusyBoxRoot();
        Directory.CreateDirectory(root["var"]);
        File.WriteAllBytes(root["var/big"], new byte[1 << 20]);
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Shell(
            Spec(root, new MountSpec { Destination = "/var", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup", "size=64k"] }), "true"));
        Assert.Equal("ENOSPC", failure.Name);
        Assert.Contains("/var", failure.Message, StringComparison.Ordinal);
    }

    [RootFact]
    public void Proc_sysfs_mqueue_devpts_and_overlay_are_mounted()
    {
        using var root = new BusyBoxRoot();
        using var host = new TemporaryDirectory();
        foreach (string folder in new[] { "lower", "upper", "work" })
            Directory.CreateDirectory(host[folder]);
        File.WriteAllText(host["lower/from-below"], "");
        LaunchOutput result = Launch.Shell(
            Spec(
                root,
                new MountSpec { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] },
                new MountSpec { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
                new MountSpec { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
                new MountSpec { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] },
                new MountSpec { Destination = "/merged", Type = "overlay", Source = "overlay", Options = [$"lowerdir={host["lower"]}", $"upperdir={host["upper"]}", $"workdir={host["work"]}"] }),
            "cat /proc/self/mountinfo; touch /merged/up; ls /merged; ls /sys/class/net");
        Assert.Equal(
            ["/", "/proc", "/sys", "/dev", "/dev/pts", "/dev/mqueue", "/merged"],
            result.Output.Split('\n').Where(l => l.Contains(" - ", StringComparison.Ordinal)).Select(l => l.Split(' ')[4]));
        Assert.EndsWith("from-below\nup\nlo\n", result.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(host["upper/up"]));
    }

    [RootFact]
    public void A_mount_of_type_cgroup_shows_the_containers_own_cgroups()
    {
        using var root = new BusyBoxRoot();
        MountSpec[] mounts =
        [
            new() { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["ro"] },
            new() { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "noexec", "nodev", "relatime", "ro"] },
        ];
        string[] hierarchies = Directory.Exists("/sys/fs/cgroup/cgroup.controllers") || File.Exists("/sys/fs/cgroup/cgroup.controllers")
            ? [] : [.. Directory.GetDirectories("/sys/fs/cgroup").Select(Path.GetFileName).Order()!];
        foreach (string[] kinds in new[] { s_own, [.. s_own, "cgroup"] })
        {
            RuntimeSpec spec = Launch.Spec(root.Path, kinds, "x");
            LaunchOutput result = Launch.Shell(
                spec with { Mounts = [.. spec.Mounts!, .. mounts] },
                "ls /sys/fs/cgroup | busybox sort; touch /sys/fs/cgroup/x; mkdir /sys/fs/cgroup/*/x; find /sys/fs/cgroup -name cgroup.procs -maxdepth 2 | busybox xargs busybox grep -lx $$ | busybox wc -l".Replace("find", "busybox find", StringComparison.Ordinal));
            if (hierarchies.Length > 0)
            {
                Assert.Equal(hierarchies, result.Output.Split('\n').Take(hierarchies.Length));
                // In every hierarchy the process is at the top of what is shown.
                Assert.Equal($"{hierarchies.Length}", result.Output.Split('\n')[hierarchies.Length]);
            }
            Assert.Contains("Read-only file system", result.Error, StringComparison.Ordinal);
        }
    }

    [BusyBoxFact]
    public void What_no_bind_mount_has_is_refused_by_its_path()
    {
        using var root = new BusyBoxRoot();
        RuntimeSpecException failure = Assert.Throws<RuntimeSpecException>(() => Launch.Shell(
            Spec(root, new MountSpec { Destination = "/m", Source = "/etc", Options = ["rbind", "size=1m"] }), "true"));
        Assert.Equal("$.mounts[1].options", failure.Path);
        Assert.Contains("size=1m", failure.Message, StringComparison.Ordinal);
    }

    [BusyBoxFact]
    public void A_mount_label_without_SELinux_is_refused_by_its_path()
    {
        using var root = new BusyBoxRoot();
        RuntimeSpec spec = Spec(root);
        RuntimeSpecException failure = Assert.Throws<RuntimeSpecException>(() => Launch.Shell(
            spec with { Linux = spec.Linux! with { MountLabel = "system_u:object_r:container_file_t:s0" } }, "true"));
        Assert.Equal("$.linux.mountLabel", failure.Path);
    }

    [BusyBoxFact]
    public void A_remount_changes_the_mount_that_is_there()
    {
        using var root = new BusyBoxRoot();
        LaunchOutput result = Launch.Shell(
            Spec(
                root,
                new MountSpec { Destination = "/m", Type = "tmpfs", Source = "tmpfs" },
                new MountSpec { Destination = "/m", Options = ["remount", "bind", "ro", "nosuid"] }),
            "touch /m/x; cat /proc/self/mountinfo");
        Assert.Contains("Read-only file system", result.Error, StringComparison.Ordinal);
        Assert.Contains(" ro,nosuid,", MountLine(result.Output, "/m"), StringComparison.Ordinal);
    }

    [RootFact]
    public void Files_and_directories_are_bound_where_nothing_was()
    {
        using var root = new BusyBoxRoot();
        using var host = new TemporaryDirectory();
        File.WriteAllText(host["file"], "file");
        Directory.CreateDirectory(host["directory/sub"]);
        // What a dangling link says is made inside the root.
        File.CreateSymbolicLink(root["etc/resolv.conf"], "../run/nowhere/resolv.conf");
        LaunchOutput result = Launch.Shell(
            Spec(
                root,
                new MountSpec { Destination = "/etc/resolv.conf", Source = host["file"], Options = ["bind", "ro"] },
                new MountSpec { Destination = "/a/b/../c", Source = host["directory"], Options = ["bind"] }),
            "cat /etc/resolv.conf; echo; cat /run/nowhere/resolv.conf; echo; ls /a/c");
        Assert.Equal("file\nfile\nsub\n", result.Output);
    }
}
