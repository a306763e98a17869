using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Runtime.RootFs;

/// <summary>Idmapped mounts (config.md, "Linux mount options"), and bind mounts in a user namespace.</summary>
public sealed class IdMapTests
{
    private static readonly IReadOnlyList<IdMapping> s_container = [new() { ContainerId = 0, HostId = 300000, Size = 65536 }];

    private static RuntimeSpec Spec(BusyBoxRoot root, bool user, params MountSpec[] mounts)
    {
        // The container's root may make nothing in a root file system that is not its own.
        foreach (MountSpec mount in mounts)
            Directory.CreateDirectory(root[mount.Destination.TrimStart('/')]);
        RuntimeSpec spec = Launch.Spec(root.Path, user ? ["user", "mount", "pid"] : ["mount", "pid"], "x");
        return spec with
        {
            Mounts = [.. spec.Mounts!, .. mounts],
            Linux = spec.Linux! with { UidMappings = user ? s_container : null, GidMappings = user ? s_container : null },
        };
    }

    // Files of users 0, 7 and 300007, on a tmpfs with another one below it: tmpfs can be idmapped since Linux 6.3.
    private static string Files(HostMounts host)
    {
        string sub = host.TmpFs("outer/sub");
        string outer = Path.GetDirectoryName(sub)!;
        foreach ((string name, string owner) in new[] { ("zero", "0:0"), ("seven", "7:7"), ("high", "300007:300007") })
        {
            File.WriteAllText(Path.Combine(sub, name), "");
            HostMounts.Run("chown", owner, Path.Combine(sub, name));
        }
        return outer;
    }

    [RootFact]
    public void A_mount_with_mappings_of_its_own_shows_other_owners()
    {
        using var root = new BusyBoxRoot();
        using var host = new HostMounts();
        string sub = Path.Combine(Files(host), "sub");
        IdMapping[] map = [new() { ContainerId = 0, HostId = 1000, Size = 10 }];
        LaunchOutput result = Launch.Shell(
            Spec(root, user: false, new MountSpec { Destination = "/m", Source = sub, Options = ["bind", "idmap"], UidMappings = map, GidMappings = map }),
            "busybox stat -c '%n %u:%g' /m/zero /m/seven /m/high; touch /m/made; busybox stat -c %u /m/made");
        Assert.Equal("/m/zero 1000:1000\n/m/seven 1007:1007\n/m/high 65534:65534\n", result.Output[..result.Output.IndexOf("high", StringComparison.Ordinal)] + "high 65534:65534\n");
        // User 0 of the container is nobody of the mount's.
        Assert.Contains("Value too large", result.Error, StringComparison.Ordinal);
    }

    [RootFact]
    public void A_mount_in_a_user_namespace_takes_its_mappings()
    {
        using var root = new BusyBoxRoot();
        using var host = new HostMounts();
        string sub = Path.Combine(Files(host), "sub");
        LaunchOutput result = Launch.Shell(
            Spec(root, user: true, new MountSpec { Destination = "/m", Source = sub, Options = ["bind", "idmap"] }, new MountSpec { Destination = "/plain", Source = sub, Options = ["bind"] }),
            "busybox stat -c '%n %u' /m/zero /m/seven /plain/zero /plain/high; touch /m/made && busybox stat -c %u /m/made");
        Assert.Equal("/m/zero 0\n/m/seven 7\n/plain/zero 65534\n/plain/high 7\n0\n", result.Output);
        Assert.Equal("0", HostMounts.Run("stat", "-c", "%u", Path.Combine(sub, "made")).Trim());
    }

    [RootFact]
    public void Ridmap_reaches_the_mounts_below_and_idmap_does_not()
    {
        using var root = new BusyBoxRoot();
        using var host = new HostMounts();
        host.TmpFs("outer");
        string outer = Files(host);
        LaunchOutput result = Launch.Shell(
            Spec(
                root, user: true,
                new MountSpec { Destination = "/all", Source = outer, Options = ["rbind", "ridmap"] },
                new MountSpec { Destination = "/top", Source = outer, Options = ["rbind", "idmap"] }),
            "busybox stat -c '%n %u' /all /all/sub/seven /top /top/sub/seven");
        Assert.Equal("/all 0\n/all/sub/seven 7\n/top 0\n/top/sub/seven 65534\n", result.Output);
    }

    [BusyBoxFact]
    public void What_cannot_be_mapped_is_refused_by_its_path()
    {
        using var root = new BusyBoxRoot();
        IdMapping[] map = [new() { ContainerId = 0, HostId = 1000, Size = 10 }];
        RuntimeSpecException notBind = Assert.Throws<RuntimeSpecException>(() => Launch.Shell(
            Spec(root, user: false, new MountSpec { Destination = "/m", Type = "tmpfs", Options = ["idmap"], UidMappings = map, GidMappings = map }), "true"));
        Assert.Equal("$.mounts[1]", notBind.Path);
        if (Environment.UserName != "root")
            return;
        RuntimeSpecException noMap = Assert.Throws<RuntimeSpecException>(() => Launch.Shell(
            Spec(root, user: false, new MountSpec { Destination = "/m", Source = "/etc", Options = ["bind", "idmap"] }), "true"));
        Assert.Equal("$.mounts[1].options", noMap.Path);
        SyscallException notSupported = Assert.Throws<SyscallException>(() => Launch.Shell(
            Spec(root, user: false, new MountSpec { Destination = "/m", Source = "/proc/sys", Options = ["bind", "idmap"], UidMappings = map, GidMappings = map }), "true"));
        Assert.Contains("supports no idmapped mounts", notSupported.Detail, StringComparison.Ordinal);
    }

    [RootFact]
    public void A_source_that_only_the_host_can_reach_is_bound_in_a_user_namespace()
    {
        using var root = new BusyBoxRoot();
        using var host = new TemporaryDirectory();
        Directory.CreateDirectory(host["closed/open"]);
        File.WriteAllText(host["closed/open/file"], "reached");
        File.SetUnixFileMode(host["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        HostMounts.Run("chmod", "755", host["closed/open"]);
        HostMounts.Run("chmod", "644", host["closed/open/file"]);
        Assert.Equal("reached", Launch.Shell(
            Spec(root, user: true, new MountSpec { Destination = "/m", Source = host["closed/open"], Options = ["rbind", "ro"] }), "cat /m/file").Output);
    }

    [RootFact]
    public void A_root_that_only_the_host_can_reach_is_entered_in_a_user_namespace()
    {
        using var root = new BusyBoxRoot();
        using var closed = new TemporaryDirectory();
        string inner = closed["root"];
        HostMounts.Run("cp", "-a", root.Path, inner);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(closed.Path) & (UnixFileMode)0b111);
        RuntimeSpec spec = Spec(root, user: true);
        Assert.Equal("bin\ndev\netc\nproc\ntmp\n", Launch.Shell(spec with { Root = new RootSpec { Path = inner } }, "ls /").Output);
    }
}
