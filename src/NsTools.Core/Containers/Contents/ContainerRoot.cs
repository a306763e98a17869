using Microsoft.Win32.SafeHandles;
using NsTools.Images.Layers;
using NsTools.Interop.Mounts;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;

namespace NsTools.Containers.Contents;

/// <summary>
/// The root of a container as a directory, whether it runs or not. Of one that runs it is what its first process sees, with
/// all that is mounted there; of another its layers are put together again, mounted nowhere, and nobody starts it meanwhile.
/// </summary>
internal sealed class ContainerRoot : IDisposable
{
    private readonly IDisposable?[] _held;

    private ContainerRoot(SafeFileHandle handle, ContainerDocument document, bool isLive, params IDisposable?[] held) =>
        (Handle, Document, IsLive, _held) = (handle, document, isLive, held);

    /// <summary>The directory.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>What the container is.</summary>
    public ContainerDocument Document { get; }

    /// <summary>True when it is what a process sees.</summary>
    public bool IsLive { get; }

    /// <summary>Opens the root to read it, or to write to it.</summary>
    /// <param name="store">Where the container is.</param>
    /// <param name="container">The container.</param>
    /// <param name="cancellation">Ends waiting for others that work on it.</param>
    /// <exception cref="NsToolsException">It is not there any more, or only root may mount its layers.</exception>
    public static ContainerRoot Open(ContainerStore store, Container container, CancellationToken cancellation)
    {
        SafeFileHandle entry = store.LockContainer(container.Id, cancellation);
        try
        {
            ContainerDocument document = store.Read(container.Id) ?? throw ContainerStore.NotFound(container.Name);
            if (store.Runtime.State(container.Id) is { Status: "running" or "paused" or "created", Pid: > 0 and int process } && TryOpenLive(process) is { } live)
            {
                // It may end meanwhile, and its file systems stay until this is closed.
                entry.Dispose();
                return new ContainerRoot(live, document, isLive: true);
            }
            if (document.Root is { } path)
                return new ContainerRoot(PathInRoot.OpenRoot(path), document, isLive: false, entry);
            IDisposable layers = ContainerLayers.Hold(document, cancellation);
            string directory = store.PathOf(container.Id);
            SafeFileHandle overlay = ImageOverlay.Create("container", LowerOf(document, directory), Path.Join(directory, "upper"), Path.Join(directory, "work"));
            return new ContainerRoot(overlay, document, isLive: false, layers, entry);
        }
        catch
        {
            entry.Dispose();
            throw;
        }
    }

    /// <summary>Opens the root of an image's container without what is mounted in it, to read only.</summary>
    /// <param name="store">Where the container is.</param>
    /// <param name="document">What it is.</param>
    public static SafeFileHandle OpenBare(ContainerStore store, ContainerDocument document) => document.Root is { } path
        ? PathInRoot.OpenRoot(path)
        : ImageOverlay.Create("container", [.. LowerOf(document, store.PathOf(document.Id)), Path.Join(store.PathOf(document.Id), "upper")], upper: null, work: null);

    /// <summary>Opens what the container has begun with, to read only.</summary>
    /// <param name="store">Where the container is.</param>
    /// <param name="document">What it is: a container of an image.</param>
    public static SafeFileHandle OpenLayers(ContainerStore store, ContainerDocument document)
    {
        string empty = Path.Join(store.PathOf(document.Id), ContainerSpecBuilder.MountPlace);
        // An ordinary user's container has one whole tree below it.
        if (document.Layers is [var only] && !LayerPrivileges.IsRoot)
            return PathInRoot.OpenRoot(only);
        return document.Layers.Count == 0 ? PathInRoot.OpenRoot(empty) : ImageOverlay.Create("container", [empty, .. document.Layers], upper: null, work: null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Handle.Dispose();
        foreach (IDisposable? held in _held)
            held?.Dispose();
    }

    // Overlayfs wants a lower directory: an image without layers has none.
    private static IReadOnlyList<string> LowerOf(ContainerDocument document, string directory) =>
        document.Layers.Count > 0 ? document.Layers : [Path.Join(directory, ContainerSpecBuilder.MountPlace)];

    private static SafeFileHandle? TryOpenLive(int process)
    {
        try
        {
            return ProcessIdentity.Of(process) is null ? null : PathInRoot.OpenRoot($"/proc/{process}/root");
        }
        catch (SyscallException gone) when (gone.Name is "ENOENT" or "ESRCH")
        {
            return null;
        }
    }
}
