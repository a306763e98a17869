using NsTools.Images.Layers;

namespace NsTools.Containers.Contents;

/// <summary>Keeps a container that runs from changing its files, where the caller can: it is suspended, and goes on when this is disposed.</summary>
internal sealed class ContainerPause : IDisposable
{
    private readonly ContainerStore _store;
    private readonly string? _id;

    private ContainerPause(ContainerStore store, string? id) => (_store, _id) = (store, id);

    /// <summary>Suspends a container, when it runs.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="container">The container.</param>
    public static ContainerPause Begin(ContainerStore store, Container container)
    {
        // An ordinary user's containers have no cgroup, by which processes are suspended: they go on.
        if (!LayerPrivileges.IsHostRoot || store.Runtime.State(container.Id) is not { Status: "running" })
            return new ContainerPause(store, null);
        try
        {
            store.Runtime.Run("pause", container.Id);
            return new ContainerPause(store, container.Id);
        }
        catch (NsToolsException) when (store.Runtime.State(container.Id) is not { Status: "running" })
        {
            // It has just ended.
            return new ContainerPause(store, null);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_id is null)
            return;
        try
        {
            _store.Runtime.Run("resume", _id);
        }
        catch (NsToolsException) when (_store.Runtime.State(_id) is not { Status: "paused" })
        {
            // Somebody else has let it go on, or killed it.
        }
    }
}
