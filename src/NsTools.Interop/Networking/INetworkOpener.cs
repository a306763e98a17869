using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Nftables;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Networking;

/// <summary>Opens what belongs to the network namespace in which it is opened, whoever uses it then.</summary>
public interface INetworkOpener
{
    /// <summary>Opens a socket (<c>socket(2)</c>), close-on-exec.</summary>
    /// <param name="domain"><c>AF_…</c>.</param>
    /// <param name="type"><c>SOCK_…</c>.</param>
    /// <param name="protocol">Protocol of the family.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    SafeFileHandle OpenSocket(int domain, int type, int protocol);

    /// <summary>Opens a file that is another one in each network namespace: <c>/proc/sys/net/…</c>, <c>/dev/net/tun</c>.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags"><c>O_RDONLY</c>, <c>O_WRONLY</c> or <c>O_RDWR</c>.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    SafeFileHandle OpenFile(string path, int flags);

    /// <summary>Runs commands of libnftables, see <see cref="NftablesContext.Run"/>.</summary>
    /// <param name="json">The commands; each line is a transaction.</param>
    /// <returns>What it answers, a line to each.</returns>
    /// <exception cref="NftablesException">One was refused; those before it are done.</exception>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    string RunNftables(string json);
}
