using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>What the kernel's error numbers mean when they come from cgroupfs, where most have a meaning of their own.</summary>
public static class CgroupFailure
{
    /// <summary>The failure in words, with the way out; the same exception where nothing better can be said.</summary>
    /// <param name="failure">A system call on cgroupfs that failed.</param>
    public static Exception Explain(SyscallException failure)
    {
        string where = failure.Subject ?? "the cgroup";
        string file = where[(where.LastIndexOf('/') + 1)..];
        return (failure.Name, failure.Syscall, file) switch
        {
            ("EROFS", _, _) => Make(
                failure, FailureKind.PermissionDenied, "CgroupReadOnly", $"'{where}' is on a cgroup file system that is mounted read-only here.",
                "Do it on the host, or remount it: Mount-FileSystem, mount -o remount,rw,bind. In a container it is read-only on purpose."),
            ("EACCES" or "EPERM", _, _) => Make(
                failure, FailureKind.PermissionDenied, "CgroupNotDelegated", $"'{where}' does not belong to this user: nobody has delegated that cgroup to them.",
                "Run as root, or have root delegate one: New-Cgroup, then chown its directory, cgroup.procs and cgroup.subtree_control; on a systemd host: systemd-run --user --scope -p Delegate=yes pwsh."),
            ("EXDEV" or "ELOOP", "openat2", _) => Make(
                failure, FailureKind.InvalidArgument, "InvalidCgroupPath", $"'{where}' leads out of the cgroup hierarchy, or through a symbolic link.",
                "Name the cgroup by its path from the root of the hierarchy, such as /workshop/a."),
            ("ENODEV", "write", _) when file.StartsWith("io.", StringComparison.Ordinal) || file.StartsWith("blkio.", StringComparison.Ordinal) => Make(
                failure, FailureKind.NotFound, "DeviceNotFound", $"'{where}' has no such device ({failure.Detail}).", "Name a whole disk, such as /dev/sda: lsblk shows them."),
            ("ENODEV", "write", "rdma.max") => Make(
                failure, FailureKind.NotFound, "DeviceNotFound", $"'{where}' has no such RDMA device ({failure.Detail}).", "Name one that the machine has: rdma link shows them, as does /sys/class/infiniband."),
            ("ENODEV", _, _) => Make(
                failure, FailureKind.NotFound, "CgroupRemoved", $"The cgroup of '{where}' has been removed meanwhile.", "Look again: Get-Cgroup."),
            ("EBUSY", "rmdir", _) => Make(
                failure, FailureKind.InvalidState, "CgroupBusy", $"The cgroup '{where}' still has processes or child cgroups.",
                "Remove-Cgroup -Recurse takes child cgroups with it, -Force ends the processes; Get-CgroupProcess shows them."),
            ("EBUSY", "write", "cgroup.procs") => Make(
                failure, FailureKind.InvalidState, "CgroupHasChildren", $"'{where}' takes no process: on cgroup v2 a cgroup that gives controllers to its children may not have processes of its own (the no-internal-process rule).",
                "Put the process into a child cgroup: New-Cgroup PARENT/child, Add-CgroupProcess -Cgroup PARENT/child."),
            ("EBUSY", "write", "cgroup.subtree_control") => Make(
                failure, FailureKind.InvalidState, "CgroupHasProcesses", $"'{where}' cannot give controllers to children: on cgroup v2 a cgroup that has processes of its own may not (the no-internal-process rule).",
                "Move its processes into a child first: Get-CgroupProcess PARENT | Add-CgroupProcess -Cgroup PARENT/child."),
            ("EBUSY", "write", "memory.limit_in_bytes" or "memory.memsw.limit_in_bytes") => Make(
                failure, FailureKind.LimitExceeded, "LimitBelowUsage", $"More memory is in use than the new limit, and could not be reclaimed ('{where}').",
                "Get-CgroupStatistic shows what is in use: end processes first, or choose a higher limit."),
            ("ENOSPC", "write", "cgroup.procs" or "tasks") => Make(
                failure, FailureKind.InvalidState, "CpuSetEmpty", $"'{where}' takes no process: its cpuset has no CPUs or no memory nodes.",
                "Set-CgroupLimit -CpuSet … -MemoryNodes … (New-Cgroup copies its parent's)."),
            ("ESRCH", "write", "cgroup.procs") => Make(
                failure, FailureKind.NotFound, "ProcessNotFound", $"The process has ended, or is in another PID namespace ({failure.Detail}).", "Get-Process lists those that there are."),
            ("EAGAIN", "mkdir", _) => Make(
                failure, FailureKind.LimitExceeded, "CgroupLimitReached", $"'{where}' would be deeper or one more than cgroup.max.depth or cgroup.max.descendants of a cgroup above it allow.",
                "Remove cgroups that are no longer needed, or raise that limit."),
            ("ENOENT", "write" or "openat", _) => Make(
                failure, FailureKind.NotSupported, "LimitNotSupported", $"There is no '{where}': the controller is not enabled for this cgroup, or this kernel does not have the feature.",
                "New-Cgroup -Controller enables controllers; Get-Cgroup shows which it has."),
            ("EINVAL" or "ERANGE", "write", _) => Make(
                failure, FailureKind.InvalidArgument, "LimitRefused", $"The kernel refused {failure.Detail} for '{where}'.",
                "See Get-Help Set-CgroupLimit for the ranges; a limit may also have to fit in that of the parent cgroup."),
            ("EOPNOTSUPP", "write", _) when file.Contains("weight", StringComparison.Ordinal) => Make(
                failure, FailureKind.NotSupported, "LimitNotSupported", $"The disk does not weigh I/O ({failure.Detail} for '{where}').",
                "Weights need the BFQ scheduler (echo bfq > /sys/block/DISK/queue/scheduler) or on v2 io.cost; -IoReadBytes and its like work on any disk."),
            ("EOPNOTSUPP", _, "cgroup.procs" or "cgroup.subtree_control") => Make(
                failure, FailureKind.InvalidState, "CgroupThreaded", $"'{where}' cannot be used: the cgroup is threaded or in a threaded subtree, or invalid as a domain (cgroup.type).",
                "Use a cgroup outside the threaded subtree."),
            ("ENODATA" or "ENXIO", "write", _) => Make(
                failure, FailureKind.NotFound, "DeviceNotFound", $"'{where}' has no such device ({failure.Detail}).", "Name a whole disk, such as /dev/sda: lsblk shows them."),
            _ => failure,
        };
    }

    private static NsToolsException Make(SyscallException failure, FailureKind kind, string id, string message, string remedy) =>
        new(kind, id, $"{message} ({failure.Name})", remedy, failure);
}
