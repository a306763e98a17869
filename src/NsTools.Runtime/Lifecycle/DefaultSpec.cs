using System.Globalization;
using System.Text;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// The config that <c>spec</c> writes, with the same protection as runc's and crun's. Text, because it is for people to
/// edit, and because the serializer would make nsrun, which is copied into memory at each start, twice as large.
/// </summary>
internal static class DefaultSpec
{
    /// <summary>Makes it, as JSON.</summary>
    /// <param name="isRootless">True for an ordinary user: a user namespace that maps its own IDs, and what that cannot do left out.</param>
    public static byte[] Make(bool isRootless)
    {
        // gid=5 is not mapped in the user namespace of an ordinary user.
        string terminalGroup = isRootless ? "" : ", \"gid=5\"";
        return Encoding.UTF8.GetBytes($$"""
            {
              "ociVersion": "1.2.0",
              "process": {
                "terminal": true,
                "user": { "uid": 0, "gid": 0 },
                "args": ["sh"],
                "env": [
                  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                  "TERM=xterm"
                ],
                "cwd": "/",
                "capabilities": {
                  "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
                  "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
                  "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
                },
                "rlimits": [
                  { "type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024 }
                ],
                "noNewPrivileges": true
              },
              "root": { "path": "rootfs", "readonly": true },
              "hostname": "nsrun",
              "mounts": [
                { "destination": "/proc", "type": "proc", "source": "proc" },
                { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"] },
                { "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"{{terminalGroup}}] },
                { "destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
                { "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"] },
            {{SystemMounts(isRootless)}}
              ],
              "linux": {
            {{Confinement(isRootless)}}
                "maskedPaths": [
                  "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                  "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"
                ],
                "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
              }
            }

            """);
    }

    // sysfs belongs to the network namespace, which is the host's for an ordinary user: only a bind mount of it is allowed.
    private static string SystemMounts(bool isRootless) => isRootless
        ? """
                { "destination": "/sys", "type": "none", "source": "/sys", "options": ["rbind", "nosuid", "noexec", "nodev", "ro"] }
            """
        : """
                { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] },
                { "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"] }
            """;

    // An ordinary user could not connect a network namespace to anything.
    private static string Confinement(bool isRootless) => isRootless
        ? string.Create(CultureInfo.InvariantCulture, $$"""
                "uidMappings": [{ "containerID": 0, "hostID": {{(uint)geteuid()}}, "size": 1 }],
                "gidMappings": [{ "containerID": 0, "hostID": {{(uint)getegid()}}, "size": 1 }],
                "namespaces": [
                  { "type": "pid" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }, { "type": "cgroup" }, { "type": "user" }
                ],
            """)
        : """
                "resources": { "devices": [{ "allow": false, "access": "rwm" }] },
                "namespaces": [
                  { "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }, { "type": "cgroup" }
                ],
            """;
}
