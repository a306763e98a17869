using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Runtime.RootFs;

/// <summary>Attacks by a root file system, or by a process that changes it meanwhile; docs/about/security.md lists them.</summary>
public sealed class HostileRootTests
{
    private static readonly string[] s_own = ["mount", "pid", "network", "ipc", "uts"];

    private static RuntimeSpec Spec(BusyBoxRoot root, params MountSpec[] mounts)
    {
        RuntimeSpec spec = Launch.Spec(root.Path, s_own, "x");
        return spec with { Mounts = [.. spec.Mounts!, .. mounts] };
    }

    [BusyBoxFact]
    public void A_process_that_swaps_a_directory_for_a_link_cannot_lead_a_mount_out()
    {
        using var root = new BusyBoxRoot();
        using var outside = new TemporaryDirectory();
        Directory.CreateDirectory(outside["target"]);
        Directory.CreateDirectory(root["a/target"]);
        File.CreateSymbolicLink(root["b"], outside.Path);
        RuntimeSpec spec = Spec(
            root,
            new MountSpec { Destination = "/a/target/made", Type = "tmpfs", Source = "tmpfs" },
            new MountSpec { Destination = "/a/target/file", Source = "/etc/hostname", Options = ["bind"] });
        using (var attacker = new SwappingAttacker(root["a"], root["b"]))
        {
            Launch.WaitUntil(() => attacker.Swaps > 100, "swapping");
            for (int i = 0; i < 15; i++)
            {
                try
                {
                    Launch.Shell(spec, "true");
                }
                catch (SyscallException refused)
                {
                    // Seen as what it is not at that moment: no start is better than one elsewhere.
                    Assert.Contains(refused.Name, new[] { "ENOENT", "ENOTDIR", "EAGAIN", "ELOOP", "EEXIST" });
                }
            }
            Assert.True(attacker.Swaps > 200);
        }
        Assert.Empty(Directory.GetFileSystemEntries(outside["target"]));
    }

    [BusyBoxFact]
    public void Devices_masks_and_copies_follow_no_link_out_of_the_root()
    {
        using var root = new BusyBoxRoot();
        using var outside = new TemporaryDirectory();
        File.WriteAllText(outside["secret"], "of the host");
        foreach (string link in new[] { "absolute", "upward" })
            File.CreateSymbolicLink(root[link], link == "absolute" ? outside.Path : $"../../../../../../../..{outside.Path}");
        RuntimeSpec spec = Spec(
            root,
            new MountSpec { Destination = "/upward", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup"] });
        LaunchOutput result = Launch.Shell(
            spec with
            {
                Linux = spec.Linux! with
                {
                    Devices = [new() { Type = "p", Path = "/absolute/pipe" }],
                    MaskedPaths = ["/absolute/secret"],
                    ReadonlyPaths = ["/absolute"],
                },
            },
            $"ls {outside.Path} /upward/");
        Assert.DoesNotContain("secret", result.Output, StringComparison.Ordinal);
        Assert.Contains("pipe", result.Output, StringComparison.Ordinal);
        Assert.Equal([outside["secret"]], Directory.GetFileSystemEntries(outside.Path));
    }

    [BusyBoxFact]
    public void A_dev_that_is_a_link_gets_its_devices_inside()
    {
        using var root = new BusyBoxRoot();
        using var outside = new TemporaryDirectory();
        Directory.Delete(root["dev"]);
        File.CreateSymbolicLink(root["dev"], outside.Path);
        LaunchOutput result = Launch.Shell(
            Spec(root, new MountSpec { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["mode=755"] }), "ls /dev/null; busybox stat -f -c %T /dev");
        Assert.Equal("/dev/null\ntmpfs\n", result.Output);
        Assert.Empty(Directory.GetFileSystemEntries(outside.Path));
    }

    [BusyBoxTheory]
    [InlineData("proc")]
    [InlineData("sysfs")]
    public void A_link_in_place_of_proc_or_sys_is_refused(string type)
    {
        using var root = new BusyBoxRoot();
        Directory.CreateDirectory(root["elsewhere"]);
        File.CreateSymbolicLink(root["link"], "elsewhere");
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Shell(
            Launch.Spec(root.Path, s_own, "x") with { Mounts = [new() { Destination = "/link", Type = type, Source = type }] }, "true"));
        Assert.Contains(failure.Name, new[] { "ELOOP", "ENOTDIR" });
        Assert.Contains("plain directory", failure.Detail, StringComparison.Ordinal);
    }

    [BusyBoxTheory]
    [InlineData("/proc/self/attr")]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/link/attr")]
    [InlineData("/proc")]
    public void Nothing_is_mounted_inside_proc(string destination)
    {
        using var root = new BusyBoxRoot();
        using var host = new TemporaryDirectory();
        File.CreateSymbolicLink(root["link"], "/proc/self");
        bool isFile = destination.EndsWith("core_pattern", StringComparison.Ordinal);
        if (isFile)
            File.WriteAllText(host["x"], "");
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Shell(
            Spec(root, new MountSpec { Destination = destination, Source = isFile ? host["x"] : host.Path, Options = ["bind"] }), "true"));
        Assert.Equal("EPERM", failure.Name);
        Assert.Contains("inside /proc", failure.Detail, StringComparison.Ordinal);
    }

    [BusyBoxFact]
    public void What_stands_in_for_the_hosts_view_may_be_mounted_inside_proc()
    {
        using var root = new BusyBoxRoot();
        using var host = new TemporaryDirectory();
        File.WriteAllText(host["uptime"], "1.00 1.00");
        Assert.Equal("1.00 1.00", Launch.Shell(Spec(root, new MountSpec { Destination = "/proc/uptime", Source = host["uptime"], Options = ["bind", "ro"] }), "cat /proc/uptime").Output);
    }

    [BusyBoxFact]
    public void A_link_over_procs_magic_links_is_refused()
    {
        using var root = new BusyBoxRoot();
        using var outside = new TemporaryDirectory();
        File.CreateSymbolicLink(root["magic"], $"/proc/1/root{outside.Path}");
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Shell(
            Spec(root, new MountSpec { Destination = "/magic/made", Type = "tmpfs", Source = "tmpfs" }), "true"));
        Assert.Equal("ELOOP", failure.Name);
        Assert.Empty(Directory.GetFileSystemEntries(outside.Path));
    }

    [BusyBoxFact]
    public void A_mask_is_the_hosts_null_device_and_not_the_images()
    {
        foreach (string kind in new[] { "file", "link", "directory" })
        {
            using var root = new BusyBoxRoot();
            File.WriteAllText(root["etc/key"], "secret");
            File.WriteAllText(root["etc/evil"], "evil");
            if (kind == "file")
                File.WriteAllText(root["dev/null"], "evil");
            else if (kind == "link")
                File.CreateSymbolicLink(root["dev/null"], "/etc/evil");
            else
                Directory.CreateDirectory(root["dev/null"]);
            RuntimeSpec spec = Spec(root);
            LaunchOutput result = Launch.Shell(
                spec with { Linux = spec.Linux! with { MaskedPaths = ["/etc/key"] } }, "cat /etc/key; busybox stat -c %t:%T /etc/key; echo x > /etc/key");
            Assert.Equal("1:3\n", result.Output);
            Assert.Equal("secret", File.ReadAllText(root["etc/key"]));
        }
    }

    [BusyBoxFact]
    public void A_device_that_an_image_imitates_is_covered_or_refused()
    {
        using var root = new BusyBoxRoot();
        File.WriteAllText(root["dev/null"], "evil");
        File.CreateSymbolicLink(root["dev/zero"], "/bin/sh");
        RuntimeSpec spec = Spec(root);
        DeviceSpec imitated = new() { Type = "c", Path = "/dev/null", Major = 1, Minor = 3 };
        LaunchOutput result = Launch.Shell(
            spec with { Linux = spec.Linux! with { Devices = [imitated] } }, "cat /dev/null; busybox stat -c %t:%T /dev/null");
        Assert.Equal("1:3\n", result.Output);
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Shell(
            spec with { Linux = spec.Linux! with { Devices = [imitated with { Path = "/dev/zero", Minor = 5 }] } }, "true"));
        Assert.Equal(("EEXIST", "/dev/zero"), (failure.Name, failure.Subject));
    }

    [RootFact]
    public void A_sysctl_is_written_to_the_kernel_and_not_to_a_fake_proc()
    {
        using var root = new BusyBoxRoot();
        using var fake = new TemporaryDirectory();
        Directory.CreateDirectory(fake["sys/net/ipv4"]);
        File.WriteAllText(fake["sys/net/ipv4/ip_forward"], "untouched");
        RuntimeSpec spec = Launch.Spec(root.Path, s_own, "x");
        LaunchOutput result = Launch.Shell(
            spec with
            {
                Mounts =
                [
                    new() { Destination = "/proc", Source = fake.Path, Options = ["bind"] },
                    new() { Destination = "/true", Type = "proc", Source = "proc" },
                ],
                Linux = spec.Linux! with { Sysctl = new Dictionary<string, string> { ["net.ipv4.ip_forward"] = "1" } },
            },
            "cat /true/sys/net/ipv4/ip_forward");
        Assert.Equal("1\n", result.Output);
        Assert.Equal("untouched", File.ReadAllText(fake["sys/net/ipv4/ip_forward"]));
    }

    [BusyBoxFact]
    public void Nothing_of_the_host_is_reachable_after_the_root_was_entered()
    {
        using var root = new BusyBoxRoot();
        RuntimeSpec spec = Spec(root);
        LaunchOutput result = Launch.Shell(
            spec with { Root = spec.Root! with { Readonly = true } },
            "cd /; cd ../../..; ls; ls /proc/self/fd | busybox wc -l; ls -d /proc/1/cwd/../../etc/passwd; touch /x; busybox mount -o remount,bind,rw / 2>/dev/null; cut -d' ' -f5 /proc/self/mountinfo".Replace("cut", "busybox cut", StringComparison.Ordinal));
        // 0, 1, 2 and the directory that ls reads.
        Assert.Equal(["bin", "dev", "etc", "proc", "tmp", "4", "/", "/proc"], result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("Read-only file system", result.Error, StringComparison.Ordinal);
    }
}
