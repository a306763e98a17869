using NsTools.Interop.Syscalls;

namespace NsTools.Hosts.Probes;

/// <summary>A system call that older kernels lack, or that the seccomp filter of a container around us refuses.</summary>
internal sealed class SyscallProbe(string feature, string since, string purpose, Func<int> tryCall) : HostProbe(feature)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<SyscallProbe> All =>
    [
        new("Clone3", "5.3", "clone3(2): processes in new namespaces", SyscallTrial.Clone3),
        new("PidFd", "5.3", "pidfd_open(2): processes that cannot be mistaken for others", SyscallTrial.PidFdOpen),
        new("OpenAt2", "5.6", "openat2(2): paths that stay in a root", SyscallTrial.OpenAt2),
        new("MountApi", "5.2", "open_tree(2), move_mount(2), fsopen(2): mounts as descriptors", SyscallTrial.OpenTree),
        new("MountSetAttr", "5.12", "mount_setattr(2): read-only bind mounts in one step", SyscallTrial.MountSetAttr),
    ];

    /// <inheritdoc/>
    public override HostFeature Probe() => Errno.Name(tryCall()) switch
    {
        "ENOSYS" => Missing($"{purpose}: the kernel does not have it, or a seccomp filter hides it", $"Use Linux {since} or later, and no filter that answers ENOSYS."),
        "EPERM" => Limited($"{purpose}: refused by a seccomp filter", "Run the container around this one with --security-opt seccomp=unconfined."),
        _ => Available(purpose),
    };
}
