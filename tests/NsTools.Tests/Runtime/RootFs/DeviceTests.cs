using System.Globalization;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Runtime.RootFs;

/// <summary>Devices, masked and read-only paths, sysctls, network devices (config-linux.md).</summary>
public sealed class DeviceTests
{
    private static readonly string[] s_own = ["mount", "pid", "network", "ipc", "uts"];

    private static readonly MountSpec[] s_dev =
    [
        new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "mode=755"] },
        new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["newinstance", "ptmxmode=0666", "mode=0620"] },
    ];

    private static RuntimeSpec Spec(BusyBoxRoot root, Func<LinuxSpec, LinuxSpec> linux, params string[] namespaces)
    {
        RuntimeSpec spec = Launch.Spec(root.Path, namespaces.Length == 0 ? s_own : namespaces, "x");
        return spec with { Mounts = [.. spec.Mounts!, .. s_dev], Linux = linux(spec.Linux!) };
    }

    private static uint Mode(string octal) => Convert.ToUInt32(octal, 8);

    [RootFact]
    public void Devices_have_the_mode_and_the_owner_that_they_were_asked_for_whatever_the_umask()
    {
        using var root = new BusyBoxRoot();
        mode_t mask = LibC.umask((ushort)Mode("077"));
        LaunchOutput result;
        try
        {
            result = Launch.Shell(
                Spec(root, l => l with
                {
                    Devices =
                    [
                        new() { Type = "c", Path = "/dev/null", Major = 1, Minor = 3, FileMode = Mode("640"), Uid = 12, Gid = 34 },
                        new() { Type = "c", Path = "/dev/deep/er/zero", Major = 1, Minor = 5, FileMode = Mode("20606") },
                        new() { Type = "u", Path = "/dev/tenth", Major = 10, Minor = 300 },
                        new() { Type = "b", Path = "/srv/block", Major = 259, Minor = 70000, FileMode = Mode("600") },
                        new() { Type = "p", Path = "/dev/fifo", FileMode = Mode("622"), Gid = 7 },
                    ],
                }),
                "cd /dev; busybox stat -c '%n %F %a %u:%g %t:%T' null deep/er/zero tenth /srv/block fifo full; busybox stat -c '%n %a' /dev/deep /dev/pts/ptmx");
        }
        finally
        {
            _ = LibC.umask(mask);
        }
        Assert.Equal(
            """
            null character special file 640 12:34 1:3
            deep/er/zero character special file 606 0:0 1:5
            tenth character special file 666 0:0 a:12c
            /srv/block block special file 600 0:0 103:11170
            fifo fifo 622 0:7 0:0
            full character special file 666 0:0 1:7
            /dev/deep 755
            /dev/pts/ptmx 666

            """,
            result.Output);
    }

    [BusyBoxFact]
    public void In_a_user_namespace_devices_are_the_hosts_own()
    {
        using var root = new BusyBoxRoot();
        LaunchOutput result = Launch.Shell(
            Spec(root, l => l with { Devices = [new() { Type = "c", Path = "/dev/kmsg", Major = 1, Minor = 11 }] }, [.. s_own, "user"])
                with
            { Mounts = [new() { Destination = "/proc", Type = "proc", Source = "proc" }, .. s_dev] },
            "cd /dev; busybox stat -c '%n %F %t:%T' null kmsg; exec head -c 3 /dev/zero");
        if (LibC.geteuid() == 0)
            Assert.Equal("null character special file 1:3\nkmsg character special file 1:b\n\0\0\0", result.Output);
    }

    [BusyBoxFact]
    public void A_device_that_the_host_has_not_is_an_error_that_names_it()
    {
        using var root = new BusyBoxRoot();
        RuntimeSpec spec = Spec(root, l => l with { Devices = [new() { Type = "c", Path = "/dev/nonsense", Major = 240, Minor = 1 }] }, [.. s_own, "user"]);
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Shell(spec, "true"));
        Assert.Equal("/dev/nonsense", failure.Subject);
        Assert.Contains("linux.devices[0]", failure.Detail, StringComparison.Ordinal);
    }

    [BusyBoxFact]
    public void Masked_paths_are_empty_and_read_only_ones_are_read_only()
    {
        using var root = new BusyBoxRoot();
        Directory.CreateDirectory(root["secret/inside"]);
        Directory.CreateDirectory(root["other"]);
        Directory.CreateDirectory(root["fixed/below"]);
        File.WriteAllText(root["etc/key"], "secret");
        RuntimeSpec spec = Spec(root, l => l with
        {
            MaskedPaths = ["/secret", "/other", "/etc/key", "/proc/keys", "/proc/timer_list", "/not/there", "/etc/key/not-a-directory"],
            ReadonlyPaths = ["/fixed", "/proc/sys", "/proc/irq", "/neither"],
        });
        LaunchOutput result = Launch.Shell(
            spec with { Mounts = [.. spec.Mounts!, new() { Destination = "/fixed/below", Type = "tmpfs", Source = "tmpfs" }] },
            "ls -A /secret /other; cat /etc/key /proc/keys /proc/timer_list; echo x > /secret/x; touch /fixed/x; touch /fixed/below/x; echo 1 > /proc/sys/net/ipv4/ip_forward; echo gone > /etc/key; busybox umount /secret; busybox stat -c %F /etc/key");
        Assert.Equal("/other:\n\n/secret:\ncharacter special file\n", result.Output);
        foreach (string place in new[] { "/secret/x", "/fixed/x", "/fixed/below/x", "ip_forward" })
            Assert.Contains($"{place}: Read-only file system", result.Error, StringComparison.Ordinal);
        Assert.Equal("secret", File.ReadAllText(root["etc/key"]));
    }

    [RootFact]
    public void Sysctls_are_set_in_the_containers_own_namespaces()
    {
        using var root = new BusyBoxRoot();
        string before = File.ReadAllText("/proc/sys/net/ipv4/ip_forward") + File.ReadAllText("/proc/sys/kernel/msgmax");
        LaunchOutput result = Launch.Shell(
            Spec(root, l => l with
            {
                Sysctl = new Dictionary<string, string>
                {
                    ["net.ipv4.ip_forward"] = "1",
                    ["net/ipv4/conf/lo/forwarding"] = "1",
                    ["kernel.msgmax"] = "4321",
                    ["fs.mqueue.msg_max"] = "12",
                    ["kernel.domainname"] = "set.by.sysctl",
                },
                ReadonlyPaths = ["/proc/sys"],
            }),
            "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max /proc/sys/kernel/domainname");
        Assert.Equal("1\n4321\n12\nset.by.sysctl\n", result.Output);
        Assert.Equal(before, File.ReadAllText("/proc/sys/net/ipv4/ip_forward") + File.ReadAllText("/proc/sys/kernel/msgmax"));
    }

    [BusyBoxTheory]
    [InlineData("net.ipv4.ip_forward", "network", "mount,pid,ipc,uts")]
    [InlineData("net.ipv4.ip_forward", "network", "mount,pid,ipc,uts,network=/proc/self/ns/net")]
    [InlineData("kernel.shmmax", "ipc", "mount,pid,network,uts")]
    [InlineData("fs.mqueue.msg_max", "ipc", "mount,pid,network,uts")]
    [InlineData("kernel.hostname", "uts", "mount,pid,network,ipc")]
    [InlineData("vm.swappiness", "no namespace", "mount,pid,network,ipc,uts")]
    [InlineData("net/../vm/swappiness", "no name", "mount,pid,network,ipc,uts")]
    public void A_sysctl_of_the_hosts_is_refused_by_its_path(string name, string because, string namespaces)
    {
        using var root = new BusyBoxRoot();
        RuntimeSpec spec = Spec(root, l => l with { Sysctl = new Dictionary<string, string> { [name] = "1" } }, namespaces.Split(','));
        RuntimeSpecException failure = Assert.Throws<RuntimeSpecException>(() => Launch.Shell(spec, "true"));
        Assert.Equal($"$.linux.sysctl['{name}']", failure.Path);
        Assert.Contains(because, failure.Problem, StringComparison.Ordinal);
    }

    [RootFact]
    public void A_value_that_a_sysctl_refuses_is_an_error_that_names_it()
    {
        using var root = new BusyBoxRoot();
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Shell(
            Spec(root, l => l with { Sysctl = new Dictionary<string, string> { ["net.ipv4.ip_forward"] = "nonsense" } }), "true"));
        Assert.Equal(("EINVAL", "net.ipv4.ip_forward"), (failure.Name, failure.Subject));
    }

    [RootFact]
    public void Network_devices_move_in_with_their_addresses_and_a_new_name()
    {
        using var root = new BusyBoxRoot();
        string name = string.Create(CultureInfo.InvariantCulture, $"nst{Environment.ProcessId}");
        HostMounts.Run("ip", "link", "add", name, "type", "veth", "peer", "name", $"{name}p");
        try
        {
            HostMounts.Run("ip", "address", "add", "192.0.2.7/24", "dev", name);
            HostMounts.Run("ip", "address", "add", "2001:db8::7/64", "dev", name, "nodad");
            LaunchOutput result = Launch.Shell(
                Spec(root, l => l with { NetDevices = new Dictionary<string, NetDeviceSpec> { [name] = new() { Name = "inner0" } } }),
                "busybox ip -o link show inner0; busybox ip -o address show inner0");
            Assert.Matches("[<,]UP[,>]", result.Output);
            Assert.Contains("192.0.2.7/24", result.Output, StringComparison.Ordinal);
            Assert.Contains("2001:db8::7/64", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            // With the namespace it is gone already, unless moving it failed.
            if (Directory.Exists($"/sys/class/net/{name}"))
                HostMounts.Run("ip", "link", "delete", name);
        }
    }

    [RootFact]
    public void A_network_device_that_is_not_there_is_an_error_that_names_it()
    {
        using var root = new BusyBoxRoot();
        SyscallException failure = Assert.Throws<SyscallException>(() => Launch.Shell(
            Spec(root, l => l with { NetDevices = new Dictionary<string, NetDeviceSpec> { ["nowhere0"] = new() } }), "true"));
        Assert.Equal(("ENODEV", "nowhere0"), (failure.Name, failure.Subject));
        RuntimeSpecException refused = Assert.Throws<RuntimeSpecException>(() => Launch.Shell(
            Spec(root, l => l with { NetDevices = new Dictionary<string, NetDeviceSpec> { ["lo"] = new() } }, "mount", "pid", "network=/proc/self/ns/net"), "true"));
        Assert.Equal("$.linux.netDevices", refused.Path);
    }
}
