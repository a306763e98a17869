using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Nftables;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Networking;

/// <summary>Opens things in the network namespace of the calling thread.</summary>
public sealed class DirectOpener : INetworkOpener
{
    /// <inheritdoc/>
    public SafeFileHandle OpenSocket(int domain, int type, int protocol)
    {
        int descriptor = socket(domain, type | SOCK_CLOEXEC, protocol);
        return descriptor < 0
            ? throw SyscallException.FromLastError("socket", $"family {domain}, type {type}, protocol {protocol}")
            : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <inheritdoc/>
    public SafeFileHandle OpenFile(string path, int flags) => Descriptor.Open(path, flags);

    /// <inheritdoc/>
    public string RunNftables(string json)
    {
        using NftablesContext context = NftablesContext.Open();
        return string.Join('\n', json.Split('\n').Select(context.Run));
    }
}
