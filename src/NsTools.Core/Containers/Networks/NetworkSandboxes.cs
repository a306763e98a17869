using Microsoft.Win32.SafeHandles;
using NsTools.Containers.Isolation;
using NsTools.Hosts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Networking.Helpers;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;
using NsTools.Networking;

namespace NsTools.Containers.Networks;

/// <summary>
/// Sets up the networks of containers and pods, and takes them down: a network namespace with a link to each network,
/// addresses, published ports, and the names of the others. What is about to be made is written down first, so that a
/// crash at any point leaves only what <see cref="Down"/> finds.
/// </summary>
/// <param name="directories">Where all that is written down.</param>
internal sealed class NetworkSandboxes(NetworkDirectories directories)
{
    private readonly SandboxCables _cables = new(directories);
    private readonly SandboxPorts _ports = new(directories);
    private readonly SandboxNames _names = new(directories);

    /// <summary>Those of the calling user, at this moment's directories.</summary>
    public static NetworkSandboxes Current => new(new NetworkDirectories(RuntimeDirectories.DataRoot, RuntimeDirectories.RunRoot));

    /// <summary>What a container or pod has now; null for nothing.</summary>
    /// <param name="id">Its ID.</param>
    public SandboxDocument? Find(string id) => directories.ReadSandbox(id);

    /// <summary>The IDs of all that have something.</summary>
    public IEnumerable<string> Ids() => directories.SandboxIds();

    /// <summary>Sets up all that one is to have, or nothing.</summary>
    /// <param name="request">What.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">A network is not there, an address or port is in use, the host cannot do it.</exception>
    /// <exception cref="SyscallException">The kernel refused a step.</exception>
    public SandboxDocument Up(SandboxRequest request, CancellationToken cancellation)
    {
        using SafeFileHandle held = directories.Lock(cancellation);
        if (directories.ReadSandbox(request.Id) is { } leftover)
            TakeDown(leftover);
        if (request.Helper is not null)
            return PlanHelper(request);
        ContainerNetworkStore networks = new(directories);
        IReadOnlyList<ResolvedNetwork> resolved = [.. request.Networks.Select(network => networks.Resolve(network, cancellation))];
        SandboxDocument sandbox = new()
        {
            Id = request.Id,
            Name = request.Name,
            HostName = request.HostName,
            IsPod = request.IsPod,
            HostsFile = Path.Join(request.Directory, HostFiles.Hosts),
            NamespacePath = request.NamespacePath ?? directories.NamespaceFile(request.Id),
            Ports = [.. _ports.Settle(request.Ports).Select(PortDocument.From)],
        };
        directories.Write(sandbox);
        try
        {
            if (request.NamespacePath is null)
                MakeNamespace(sandbox.NamespacePath);
            using NetworkNamespace host = NetworkNamespace.Open(null), inside = NetworkNamespace.Open(NamespaceReference.FromPath(sandbox.NamespacePath));
            new LinkService(inside).Change(new LinkService(inside).Get(new LinkReference { Name = "lo" }), new LinkChange { Up = true });
            foreach (ResolvedNetwork network in resolved)
                sandbox = _cables.Connect(sandbox, network, host, inside, cancellation);
            if (sandbox.Ports.Count > 0 && !sandbox.Attachments.Any(attachment => attachment.CniConfiguration is not null))
                _ports.Publish(sandbox, cancellation);
            string names = NameFiles.Own(sandbox.Attachments.SelectMany(attachment => attachment.Addresses), sandbox.HostName, sandbox.Name);
            HostFiles.WriteNetworked(request.Directory, sandbox.HostName, names + NameFiles.Block(_names.TablesOf(sandbox), sandbox.Id));
            _names.Update(sandbox.Attachments.Select(attachment => attachment.Network), sandbox.Id);
            return sandbox;
        }
        catch
        {
            TakeDown(directories.ReadSandbox(request.Id) ?? sandbox);
            throw;
        }
    }

    /// <summary>How the helper of one that has a helper is started.</summary>
    /// <param name="sandbox">What <see cref="Up"/> gave.</param>
    public NetworkHelperPlan HelperOf(SandboxDocument sandbox) => HelperNetwork.PlanOf(sandbox, directories);

    /// <summary>Takes down what one has; nothing is fine, too.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    public void Down(string id, CancellationToken cancellation)
    {
        if (directories.ReadSandbox(id) is null)
            return;
        using SafeFileHandle held = directories.Lock(cancellation);
        if (directories.ReadSandbox(id) is { } sandbox)
            TakeDown(sandbox);
    }

    /// <summary>Puts one that is up on another network.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="request">The network.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <returns>False when it is not up.</returns>
    /// <exception cref="NsToolsException">It is on that network already (<c>NetworkConnected</c>).</exception>
    public bool Connect(string id, ContainerNetworkRequest request, CancellationToken cancellation)
    {
        using SafeFileHandle held = directories.Lock(cancellation);
        if (directories.ReadSandbox(id) is not { } sandbox)
            return false;
        ResolvedNetwork network = new ContainerNetworkStore(directories).Resolve(request, cancellation);
        using NetworkNamespace host = NetworkNamespace.Open(null), inside = NetworkNamespace.Open(NamespaceReference.FromPath(sandbox.NamespacePath));
        int before = sandbox.Attachments.Count;
        try
        {
            sandbox = _cables.Connect(sandbox, network, host, inside, cancellation);
        }
        catch
        {
            if (directories.ReadSandbox(id) is { } partly && partly.Attachments.Count > before)
            {
                // Plugins have taken back by themselves what they had done.
                _cables.Disconnect(partly, partly.Attachments[^1], isEnding: false);
            }
            throw;
        }
        _names.Update(sandbox.Attachments.Select(attachment => attachment.Network), except: null);
        return true;
    }

    /// <summary>Takes one that is up off a network.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <returns>False when it is not up, or not on the network.</returns>
    /// <exception cref="NsToolsException">Ports are published through it (<c>NetworkPublishes</c>).</exception>
    public bool Disconnect(string id, string network, CancellationToken cancellation)
    {
        using SafeFileHandle held = directories.Lock(cancellation);
        if (directories.ReadSandbox(id) is not { } sandbox || sandbox.Attachments.FirstOrDefault(one => one.Network == network) is not { } attachment)
            return false;
        if (sandbox.Ports.Count > 0 && sandbox.Attachments[0] == attachment)
        {
            throw new NsToolsException(
                FailureKind.InvalidState, "NetworkPublishes", $"The ports of '{sandbox.Name}' are published through the network '{network}'.",
                "Stop it, take it off the network, and start it again: they are published through its next one then.");
        }
        SandboxCables.DisconnectPlugins(sandbox, attachment);
        sandbox = _cables.Disconnect(sandbox, attachment, isEnding: false);
        _names.Update([network, .. sandbox.Attachments.Select(one => one.Network)], except: null);
        return true;
    }

    private void TakeDown(SandboxDocument sandbox)
    {
        if (sandbox.Helper is not null)
        {
            NetworkHelper.Stop(directories.HelperFile(sandbox.Id, "helper"));
            File.Delete(directories.HelperFile(sandbox.Id, "sock"));
            directories.DeleteSandbox(sandbox.Id);
            return;
        }
        string[] networks = [.. sandbox.Attachments.Select(attachment => attachment.Network)];
        if (sandbox.Ports.Count > 0)
            SandboxPorts.Unpublish(sandbox);
        foreach (AttachmentDocument attachment in sandbox.Attachments.Reverse())
        {
            try
            {
                SandboxCables.DisconnectPlugins(sandbox, attachment);
            }
            catch (NsToolsException failure) when (failure.ErrorId.StartsWith("Cni", StringComparison.Ordinal))
            {
                // A plugin that is gone or broken does not keep the rest; what it made inside goes with the namespace.
            }
            sandbox = _cables.Disconnect(sandbox, attachment, isEnding: true);
        }
        string pin = directories.NamespaceFile(sandbox.Id);
        if (sandbox.NamespacePath == pin)
        {
            NamespaceFile.Unpin(pin);
            File.Delete(pin);
        }
        directories.DeleteSandbox(sandbox.Id);
        _names.Update(networks, except: null);
    }

    // What the helper is to do; it is started when there is a namespace for it.
    private SandboxDocument PlanHelper(SandboxRequest request)
    {
        SandboxDocument sandbox = new()
        {
            Id = request.Id,
            Name = request.Name,
            HostName = request.HostName,
            IsPod = request.IsPod,
            HostsFile = Path.Join(request.Directory, HostFiles.Hosts),
            NamespacePath = request.NamespacePath ?? "",
            Helper = request.Helper,
            Ports = [.. _ports.Settle(request.Ports, ownRules: false).Select(PortDocument.From)],
        };
        directories.Write(sandbox);
        HostFiles.WriteNetworked(request.Directory, sandbox.HostName, HelperNetwork.HostsOf(sandbox), HelperNetwork.ServerOf(request.Helper!.Value));
        return sandbox;
    }

    private static void MakeNamespace(string pin)
    {
        File.OpenHandle(pin, FileMode.Create, FileAccess.Write).Dispose();
        NamespaceThread.RunInNewNetwork(() => NamespaceFile.Pin("/proc/thread-self/ns/net", pin));
    }
}
