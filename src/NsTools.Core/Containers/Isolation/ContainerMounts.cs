using NsTools.Containers.Volumes;
using NsTools.Images.Layers;
using NsTools.Interop.Oci;

namespace NsTools.Containers.Isolation;

/// <summary>What every container has mounted, and what it cannot see or write there.</summary>
internal static class ContainerMounts
{
    private const string ReadOnly = "ro";

    /// <summary>What the host's kernel tells or takes that is not the container's affair.</summary>
    public static IReadOnlyList<string> MaskedPaths { get; } =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/scsi",
        "/proc/sched_debug", "/proc/timer_list", "/proc/timer_stats", "/sys/dev/block", "/sys/devices/virtual/powercap",
        "/sys/firmware", "/sys/fs/selinux",
    ];

    /// <summary>What may be read and not written.</summary>
    public static IReadOnlyList<string> ReadonlyPaths { get; } =
        ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>The kernel's own file systems, a private <c>/dev</c>, and the files that are made for it.</summary>
    /// <param name="bundle">The bundle's directory, which has those files.</param>
    /// <param name="sharedMemory">Size of <c>/dev/shm</c> in bytes.</param>
    /// <param name="isReadOnly">True when those files cannot be written, as the root.</param>
    /// <param name="sharesHost">True binds the host's <c>/sys</c>: a new one needs a network namespace of one's own, as queues of messages need IPC (sysfs(5), mq_overview(7)).</param>
    public static IEnumerable<MountSpec> System(string bundle, long sharedMemory, bool isReadOnly, bool sharesHost) =>
    [
        new() { Destination = "/proc", Type = "proc", Source = "proc", Options = ["nosuid", "noexec", "nodev"] },
        new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"] },
        new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
        new()
        {
            Destination = "/dev/shm",
            Type = "tmpfs",
            Source = "shm",
            Options = ["nosuid", "noexec", "nodev", "mode=1777", string.Create(global::System.Globalization.CultureInfo.InvariantCulture, $"size={sharedMemory}")],
        },
        .. sharesHost
            ? (MountSpec[])[new() { Destination = "/sys", Type = "bind", Source = "/sys", Options = ["rbind", "rprivate", "nosuid", "noexec", "nodev", "rro"] }]
            :
            [
                new() { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] },
                new() { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", ReadOnly] },
                new() { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "noexec", "nodev", "relatime", ReadOnly] },
            ],
        .. HostFiles.Names.Select(name => new MountSpec
        {
            Destination = $"/etc/{name}",
            Type = "bind",
            Source = Path.Join(bundle, name),
            Options = ["bind", "nosuid", "nodev", "noexec", "rprivate", isReadOnly ? ReadOnly : "rw"],
        }),
    ];

    /// <summary>An empty file system in memory, which gets what the image has in its place.</summary>
    /// <param name="path">Its path inside.</param>
    /// <param name="options">Options of tmpfs and of the mount.</param>
    /// <param name="copiesUp">False leaves it empty.</param>
    public static MountSpec Temporary(string path, IEnumerable<string> options, bool copiesUp = true) => new()
    {
        Destination = path,
        Type = "tmpfs",
        Source = "tmpfs",
        Options = ["nosuid", "nodev", .. copiesUp ? (string[])["tmpcopyup"] : [], .. options],
    };

    /// <summary>The mount that was asked for.</summary>
    /// <param name="mount">What was asked for.</param>
    /// <param name="volumes">Where volumes are.</param>
    /// <exception cref="NsToolsException">Its source is not there (<c>VolumeSourceNotFound</c>).</exception>
    public static MountSpec Of(ContainerMount mount, VolumeStore volumes)
    {
        if (mount.Type == ContainerMountType.TmpFs)
        {
            // Everybody's, as Podman has it, unless somebody says otherwise.
            bool hasMode = mount.Options.Any(option => option.StartsWith("mode=", StringComparison.Ordinal));
            return Temporary(mount.Destination, [.. hasMode ? (string[])[] : ["mode=1777"], .. mount.Options, .. mount.IsReadOnly ? (string[])[ReadOnly] : []], mount.CopiesUp);
        }
        bool isVolume = mount.Type == ContainerMountType.Volume;
        string source = isVolume ? volumes.PathOf(mount.Source!) : mount.Source!;
        if (!Path.Exists(source))
        {
            throw new NsToolsException(
                FailureKind.NotFound, "VolumeSourceNotFound", $"The mount's source '{source}' does not exist on the host.", $"Make it: New-Item -ItemType Directory '{source}'.");
        }
        string[] bind = mount.Options.Any(option => option is "bind" or "rbind") ? [] : ["rbind"];
        string[] propagation = mount.Options.Any(IsPropagation) ? [] : ["rprivate"];
        // A volume is the container's own: nothing in it is more than the container may have made itself.
        string[] usual = isVolume ? ["nosuid", "nodev"] : [];
        return new MountSpec
        {
            Destination = mount.Destination,
            Type = "bind",
            Source = source,
            Options = [.. bind, .. propagation, .. usual, mount.IsReadOnly ? "rro" : "rw", .. mount.Options],
        };
    }

    private static bool IsPropagation(string option) => option is "shared" or "rshared" or "slave" or "rslave" or "private" or "rprivate" or "unbindable" or "runbindable";

    /// <summary>The root: the layers of an image, the lowest first, under a directory of the container's own.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="upper">What takes the changes.</param>
    /// <param name="work">The work directory that overlayfs needs with it.</param>
    public static MountSpec Overlay(IReadOnlyList<string> layers, string upper, string work) => new()
    {
        Destination = "/",
        Type = "overlay",
        Source = "overlay",
        // As for images that are mounted (ImageOverlay): layers that one overlay wrote are read by others.
        Options = [.. LayerPrivileges.IsHostRoot ? (string[])["index=off", "metacopy=off", "redirect_dir=off"] : ["userxattr"], .. layers.Reverse().Select(layer => $"lowerdir+={layer}"), $"upperdir={upper}", $"workdir={work}"],
    };
}
