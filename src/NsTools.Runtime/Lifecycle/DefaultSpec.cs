using NsTools.Interop.Oci;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The config that <c>spec</c> writes, with the same protection as runc's and crun's.</summary>
internal static class DefaultSpec
{
    private static readonly string[] s_capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    /// <summary>Makes it.</summary>
    /// <param name="isRootless">True for an ordinary user: a user namespace that maps its own IDs, and what that cannot do left out.</param>
    public static RuntimeSpec Make(bool isRootless) => new()
    {
        Process = new ProcessSpec
        {
            Terminal = true,
            User = new UserSpec(),
            Args = ["sh"],
            Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            Cwd = "/",
            Capabilities = new CapabilitiesSpec { Bounding = s_capabilities, Effective = s_capabilities, Permitted = s_capabilities },
            Rlimits = [new RlimitSpec { Type = "RLIMIT_NOFILE", Hard = 1024, Soft = 1024 }],
            NoNewPrivileges = true,
        },
        Root = new RootSpec { Path = "rootfs", Readonly = true },
        Hostname = "nsrun",
        Mounts = [.. Mounts(isRootless)],
        Linux = new LinuxSpec
        {
            Resources = isRootless ? null : new ResourcesSpec { Devices = [new DeviceRuleSpec { Allow = false, Access = "rwm" }] },
            UidMappings = isRootless ? [new IdMapping { ContainerId = 0, HostId = geteuid(), Size = 1 }] : null,
            GidMappings = isRootless ? [new IdMapping { ContainerId = 0, HostId = getegid(), Size = 1 }] : null,
            Namespaces = [.. Namespaces(isRootless).Select(type => new NamespaceSpec { Type = type })],
            MaskedPaths =
            [
                "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/sys/devices/virtual/powercap", "/proc/scsi",
            ],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    };

    private static IEnumerable<string> Namespaces(bool isRootless)
    {
        string[] common = ["pid", "ipc", "uts", "mount", "cgroup"];
        // An ordinary user could not connect a network of its own to anything.
        return isRootless ? [.. common, "user"] : [.. common, "network"];
    }

    private static IEnumerable<MountSpec> Mounts(bool isRootless)
    {
        yield return new MountSpec { Destination = "/proc", Type = "proc", Source = "proc" };
        yield return new MountSpec { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] };
        // gid=5 is not mapped in the user namespace of an ordinary user.
        string[] terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
        yield return new MountSpec { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = isRootless ? terminals : [.. terminals, "gid=5"] };
        yield return new MountSpec { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] };
        yield return new MountSpec { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] };
        // sysfs belongs to the network namespace, which is the host's here: only a bind mount of it is allowed.
        yield return isRootless
            ? new MountSpec { Destination = "/sys", Type = "none", Source = "/sys", Options = ["rbind", "nosuid", "noexec", "nodev", "ro"] }
            : new MountSpec { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] };
        if (!isRootless)
            yield return new MountSpec { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "noexec", "nodev", "relatime", "ro"] };
    }
}
