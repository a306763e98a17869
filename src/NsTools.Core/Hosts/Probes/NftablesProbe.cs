using System.Runtime.InteropServices;
using NsTools.Interop.Nftables;
using NsTools.Interop.Syscalls;

namespace NsTools.Hosts.Probes;

/// <summary>nftables: asked for the ruleset's generation, as <c>nft</c> does first; and libnftables, through which rules are made.</summary>
internal sealed class NftablesProbe() : HostProbe("Nftables")
{
    private const string Library = "libnftables.so.1";

    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        int errno;
        try
        {
            errno = NftablesTrial.AskGeneration();
        }
        catch (SyscallException failure)
        {
            return Missing(failure.Message, "Use a kernel with CONFIG_NETFILTER_NETLINK and CONFIG_NF_TABLES.");
        }
        bool hasLibrary = NativeLibrary.TryLoad(Library, out nint handle);
        if (hasLibrary)
            NativeLibrary.Free(handle);
        return (Errno.Name(errno), hasLibrary) switch
        {
            (_, false) when errno == 0 => Limited($"the kernel has it; {Library} is not installed", "Install libnftables1 (Debian, Ubuntu) or nftables (others)."),
            _ when errno == 0 => Available($"the kernel and {Library}"),
            ("EPERM", _) => Limited("needs CAP_NET_ADMIN in the network namespace", "Run as root, or in a user namespace with a network namespace of its own."),
            _ => Missing($"the kernel does not have it ({Errno.Name(errno)})", "As root: modprobe nf_tables, or use a kernel with CONFIG_NF_TABLES."),
        };
    }
}
