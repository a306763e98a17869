using NsTools.Interop.Syscalls;

namespace NsTools.Module.Common;

/// <summary>What a user can do about a system call that failed, where something sensible can be said.</summary>
internal static class SyscallRemedy
{
    /// <summary>The advice; null for none.</summary>
    public static string? For(SyscallException failure) => (failure.Name, failure.Syscall) switch
    {
        ("EPERM", "clone3" or "unshare" or "setns" or "mount" or "chroot" or "pivot_root" or "open_tree" or "move_mount" or "fsopen") =>
            "Run as root, or as an ordinary user add a user namespace: New-Namespace -Type User, … -MapRootUser.",
        ("EPERM", "umount2" or "fsmount" or "mount_setattr") =>
            "Run as root; in a namespace with a user namespace of its own, let Invoke-Namespace run mount or umount there.",
        // user_namespaces(7), "Defining user and group ID mappings: writing to uid_map and gid_map".
        ("EINVAL", "write") when failure.Subject is "uid_map" or "gid_map" =>
            "Map each ID once: ranges, inside and outside, must not overlap, and every outside ID must be mapped in the caller's own user namespace (see /proc/self/uid_map and gid_map).",
        ("EPERM", "write") when failure.Subject is "uid_map" or "gid_map" =>
            "Run as root, or map your own ID only (-MapRootUser), or ranges that /etc/subuid and /etc/subgid give you (usermod --add-subuids FIRST-LAST USER).",
        // time_namespaces(7): a clock can be neither before 0 nor more than half of KTIME_MAX, about 146 years.
        ("ERANGE", "write") when failure.Subject == "timens_offsets" =>
            "A clock of the namespace may go back to 0 at most, which is the host's time since boot (/proc/uptime), and on to 146 years.",
        ("ENOENT", "execve") =>
            "Name a program that is there inside the root.",
        ("EPERM", { } request) when request.StartsWith("RTM_", StringComparison.Ordinal) || request.StartsWith("TUN", StringComparison.Ordinal) =>
            "That takes CAP_NET_ADMIN in the user namespace that owns the network namespace: run as root, or in a user and network namespace of your own (unshare --user --map-root-user --net).",
        ("EEXIST", "RTM_NEWLINK" or "TUNSETIFF") =>
            "A link of that name is there already (Get-NetLink): choose another name, or remove that one with Remove-NetLink.",
        ("EEXIST", "RTM_NEWROUTE") =>
            "There is one to that destination with that metric: New-NetRoute -Replace takes its place, -RouteMetric puts one beside it.",
        ("ENETUNREACH", "RTM_NEWROUTE") =>
            "Give a link an address on the router's network first (New-NetIPAddress) and switch it on, or say -OnLink.",
        ("ENOENT" or "ENOTDIR", "chdir") =>
            "Give with -WorkingDirectory a directory that is there inside the root.",
        // execve(2), "Limits on size of arguments and environment": MAX_ARG_STRLEN, and a quarter of the stack's limit.
        ("E2BIG", _) =>
            "One argument or variable may have 128 KiB, all together a quarter of 'ulimit -s': give long data by the pipeline or in a file.",
        ("ENOSPC", "clone3" or "unshare") =>
            "A limit of /proc/sys/user/max_*_namespaces is reached: end namespaces that are no longer needed, or raise it.",
        ("ENOSPC", _) => "The file system is full: free space, or choose another destination.",
        ("EBUSY", "umount2") => "Something still uses it: end those processes, or use -Lazy.",
        ("ENODEV", "fsopen") => "This kernel has no such file system type: see /proc/filesystems, or load its module.",
        ("EACCES", _) => "The permissions of the path, or of a directory on the way to it, do not allow this.",
        _ => null,
    };
}
