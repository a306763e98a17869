using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Networking;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>
/// A network namespace as a place to open things in: by a thread that enters it or, where the caller may not (an ordinary
/// user's own namespaces, seen from outside), by a process that joins the user namespace that owns it as well.
/// </summary>
internal sealed class NetworkPlace : INetworkOpener, IDisposable
{
    private static readonly DirectOpener s_direct = new();
    private readonly NamespaceReference? _reference;
    private SafeFileHandle? _descriptor;
    private NetworkAgentProcess? _agent;

    private NetworkPlace(NamespaceReference? reference, SafeFileHandle? descriptor) => (_reference, _descriptor) = (reference, descriptor);

    /// <summary>A descriptor of the namespace, for moving links into it; open as long as this object is.</summary>
    /// <exception cref="SyscallException">It could not be opened.</exception>
    public SafeFileHandle Descriptor => _descriptor ??= Interop.Syscalls.Descriptor.Open("/proc/thread-self/ns/net", O_RDONLY);

    /// <summary>Looks a namespace up; whether the caller may enter it shows when something is opened in it.</summary>
    /// <param name="reference">Names it; null for the caller's own.</param>
    /// <exception cref="NsToolsException">There is no such namespace, or the caller may not open it.</exception>
    public static NetworkPlace Open(NamespaceReference? reference) => new(reference, reference?.Open(NamespaceType.Network));

    /// <inheritdoc/>
    /// <exception cref="NsToolsException">The caller may not enter the namespace (<c>NetworkNamespaceAccessDenied</c>).</exception>
    public SafeFileHandle OpenSocket(int domain, int type, int protocol) => Use(opener => opener.OpenSocket(domain, type, protocol));

    /// <inheritdoc/>
    /// <exception cref="NsToolsException">The caller may not enter the namespace (<c>NetworkNamespaceAccessDenied</c>).</exception>
    public SafeFileHandle OpenFile(string path, int flags) => Use(opener => opener.OpenFile(path, flags));

    /// <inheritdoc/>
    /// <exception cref="NsToolsException">The caller may not enter the namespace (<c>NetworkNamespaceAccessDenied</c>).</exception>
    public string RunNftables(string json) => Use(opener => opener.RunNftables(json));

    /// <summary>Runs work on a thread in the namespace; where only a process can be in it, here.</summary>
    /// <param name="work">The work, as <see cref="NamespaceThread"/> wants it.</param>
    /// <exception cref="NsToolsException">The caller may not enter the namespace (<c>NetworkNamespaceAccessDenied</c>).</exception>
    public T Run<T>(Func<T> work) => Use(_ => work());

    /// <inheritdoc/>
    public void Dispose()
    {
        _agent?.Dispose();
        _descriptor?.Dispose();
    }

    private T Use<T>(Func<INetworkOpener, T> work)
    {
        if (_reference is null)
            return work(s_direct);
        if (_agent is null)
        {
            try
            {
                return NamespaceThread.Run([Descriptor], () => work(s_direct));
            }
            catch (SyscallException failure) when (failure is { Name: "EPERM", Syscall: "setns" })
            {
                _agent = NetworkAgentProcess.TryStart(_reference, Descriptor) ?? throw AccessDenied(_reference, failure);
            }
        }
        return work(_agent.Client);
    }

    private static NsToolsException AccessDenied(NamespaceReference reference, SyscallException failure) => new(
        FailureKind.PermissionDenied,
        "NetworkNamespaceAccessDenied",
        $"You may not enter the network namespace of {reference.DisplayName}: {failure.Message}",
        "That takes CAP_SYS_ADMIN, both here and in the user namespace that owns it: run as root; or make it with a user namespace of your own (New-Namespace -Type User, Network -MapRootUser).",
        failure);
}
