using Microsoft.Win32.SafeHandles;

namespace NsTools.Containers.Networks;

/// <summary>Puts containers on networks and takes them off: one that runs at once, and from its next start on.</summary>
/// <param name="store">Where the containers are.</param>
public sealed class ContainerNetworkMembers(ContainerStore store)
{
    /// <summary>Puts a container on a network.</summary>
    /// <param name="container">The container.</param>
    /// <param name="request">The network.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">
    /// There is no such network (<c>ContainerNetworkNotFound</c>), the container is on it already (<c>NetworkConnected</c>),
    /// or is in no network of its own (<c>ContainerHasNoNetworks</c>).
    /// </exception>
    public void Connect(Container container, ContainerNetworkRequest request, CancellationToken cancellation)
    {
        foreach (string alias in request.Aliases)
            ContainerName.Validate(alias);
        new ContainerNetworkStore(store.NetworkDirectories).Require(request.Network);
        Change(container, plan => plan.Networks.Any(one => one.Network == request.Network)
            ? throw new NsToolsException(FailureKind.AlreadyExists, "NetworkConnected", $"The container '{container.Name}' is on the network '{request.Network}' already.", "Take it off with Disconnect-ContainerNetwork first.")
            : plan with { Networks = [.. plan.Networks, request] },
            () => store.Sandboxes.Connect(container.Id, request, cancellation),
            cancellation);
    }

    /// <summary>Takes a container off a network.</summary>
    /// <param name="container">The container.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">It is not on it (<c>NetworkNotConnected</c>), or its ports are published through it (<c>NetworkPublishes</c>).</exception>
    public void Disconnect(Container container, string network, CancellationToken cancellation) => Change(container, plan => plan.Networks.Any(one => one.Network == network)
        ? plan with { Networks = [.. plan.Networks.Where(one => one.Network != network)] }
        : throw new NsToolsException(FailureKind.NotFound, "NetworkNotConnected", $"The container '{container.Name}' is not on a network '{network}'.", "(Get-Container NAME).Networks shows those that it is on."),
        () => store.Sandboxes.Disconnect(container.Id, network, cancellation),
        cancellation);

    private void Change(Container container, Func<ContainerNetworkDocument, ContainerNetworkDocument> change, Action now, CancellationToken cancellation)
    {
        if (container.Network != ContainerNetworkMode.Bridge)
        {
            throw new NsToolsException(
                FailureKind.InvalidState, "ContainerHasNoNetworks", $"The container '{container.Name}' is on no networks: its network is {container.Network}.", "Make it with -Network NAME to have it on one.");
        }
        using SafeFileHandle entry = store.LockContainer(container.Id, cancellation);
        ContainerNetworkDocument changed = change(ContainerNetworking.Read(container.Path!));
        now();
        ContainerNetworking.Write(container.Path!, changed);
    }
}
