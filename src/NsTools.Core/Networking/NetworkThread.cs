using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Netlink;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.Networking;

/// <summary>Work in a network namespace that is no rtnetlink: opening sockets there, nftables, settings of <c>/proc/sys/net</c>.</summary>
internal static class NetworkThread
{
    /// <summary>Runs work on a thread that is in the namespace.</summary>
    /// <param name="reference">The namespace; null for the caller's own.</param>
    /// <param name="work">The work, as <see cref="NamespaceThread"/> wants it.</param>
    /// <exception cref="NsToolsException">There is no such namespace, or the caller may not enter it (<c>NetworkNamespaceAccessDenied</c>).</exception>
    public static T Run<T>(NamespaceReference? reference, Func<T> work)
    {
        if (reference is null)
            return NamespaceThread.Run([], work);
        using SafeFileHandle descriptor = reference.Open(NamespaceType.Network);
        try
        {
            return NamespaceThread.Run([descriptor], work);
        }
        catch (SyscallException failure) when (failure is { Name: "EPERM", Syscall: "setns" })
        {
            throw NetworkNamespace.AccessDenied(reference, failure);
        }
    }

    /// <summary>Opens a netlink connection in the namespace.</summary>
    /// <param name="reference">The namespace; null for the caller's own.</param>
    /// <param name="protocol">The netlink family: see <see cref="NetlinkProtocol"/>.</param>
    /// <exception cref="NsToolsException">As for <see cref="Run{T}"/>.</exception>
    /// <exception cref="SyscallException">The kernel lacks the family, or no descriptor is left.</exception>
    public static NetlinkConnection Connect(NamespaceReference? reference, int protocol) =>
        reference is null ? NetlinkConnection.Open(protocol) : Run(reference, () => NetlinkConnection.Open(protocol));
}
