using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Networking.Agents;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using static Tmds.Linux.LibC;

namespace NsTools.Networking;

/// <summary>
/// <c>nsrun network</c> in a network namespace and the user namespace that owns it, which opens sockets there for us. It
/// ends with this object.
/// </summary>
internal sealed class NetworkAgentProcess : IDisposable
{
    private readonly LaunchedProcess _process;

    private NetworkAgentProcess(LaunchedProcess process, NetworkAgentClient client) => (_process, Client) = (process, client);

    /// <summary>What it can do for us.</summary>
    public NetworkAgentClient Client { get; }

    /// <summary>Starts one.</summary>
    /// <param name="reference">Names the namespace.</param>
    /// <param name="network">Descriptor of the network namespace.</param>
    /// <returns>The process; null where it could do no more than the caller: the namespace is owned by another user, or by the caller's own user namespace.</returns>
    public static NetworkAgentProcess? TryStart(NamespaceReference reference, SafeFileHandle network)
    {
        using SafeFileHandle? owner = NamespaceDescriptor.OpenOwner(network);
        if (owner is null || NamespaceDescriptor.GetOwnerUserId(owner) != (uint)geteuid()
            || NamespaceDescriptor.GetId(owner) == NamespaceFile.Identify("/proc/self/ns/user"))
        {
            return null;
        }
        (SafeFileHandle ours, SafeFileHandle theirs) = UnixSocket.Pair(SOCK_SEQPACKET);
        NetworkAgentClient client = new(ours);
        using (theirs)
        {
            try
            {
                return new NetworkAgentProcess(Launch(reference, owner, network, theirs), client);
            }
            catch (SyscallException refused) when (refused.Name is "EPERM" or "EACCES")
            {
                client.Dispose();
                return null;
            }
            catch
            {
                client.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        _process.Dispose();
    }

    private static LaunchedProcess Launch(NamespaceReference reference, SafeFileHandle owner, SafeFileHandle network, SafeFileHandle socket)
    {
        string runtime = RuntimeExecutable.Path;
        int? process = reference.GetContext().ProcessId;
        return new RuntimeLauncher(runtime).Start(new LaunchRequest
        {
            Spec = new RuntimeSpec
            {
                Process = new ProcessSpec
                {
                    Args = [runtime, "network"],
                    Cwd = "/",
                    Env = RuntimeExecutable.OwnEnvironment,
                    User = new UserSpec { Uid = FirstId(process, "uid_map"), Gid = FirstId(process, "gid_map") },
                },
                Linux = new LinuxSpec
                {
                    Namespaces =
                    [
                        new NamespaceSpec { Type = NamespaceType.User.OciName(), Path = LaunchRequest.DescriptorPath(0) },
                        new NamespaceSpec { Type = NamespaceType.Network.OciName(), Path = LaunchRequest.DescriptorPath(1) },
                    ],
                },
            },
            Descriptors = [owner, network],
            StandardInput = socket,
        });
    }

    /// <summary>Root where there is one: only it keeps its capabilities through execve(2).</summary>
    private static uint FirstId(int? process, string map) => process is { } known ? IdMap.FirstIds(known, map).DefaultIfEmpty().Min() : 0;
}
