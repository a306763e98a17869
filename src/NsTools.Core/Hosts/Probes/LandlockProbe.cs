using NsTools.Interop.Syscalls;

namespace NsTools.Hosts.Probes;

/// <summary>Landlock (<c>landlock(7)</c>), and the version of its interface.</summary>
internal sealed class LandlockProbe() : HostProbe("Landlock")
{
    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        int version = SyscallTrial.LandlockVersion(out int errno);
        return version > 0
            ? Available($"ABI version {version}")
            : Errno.Name(errno) == "EOPNOTSUPP"
                ? Missing("the kernel has it, but it is not switched on", "Boot with lsm=landlock,… (the list of /sys/kernel/security/lsm, landlock first).")
                : Missing("the kernel does not have it", "Use a kernel with CONFIG_SECURITY_LANDLOCK.");
    }
}
