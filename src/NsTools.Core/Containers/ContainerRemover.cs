using Microsoft.Win32.SafeHandles;
using NsTools.Containers.Networks;
using NsTools.Containers.Volumes;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;

namespace NsTools.Containers;

/// <summary>Removes containers with all that they have written.</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerRemover(ContainerStore store)
{
    // From its end until somebody else may remove one that removes itself: who is attached to it reads its end first.
    private static readonly TimeSpan s_courtesy = TimeSpan.FromSeconds(5);

    /// <summary>Removes one.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="isForced">True to end it first when it runs.</param>
    /// <param name="removesVolumes">True to remove the volumes without a name of anybody's choice, too; always done for one that removes itself.</param>
    /// <param name="cancellation">Ends waiting for others that work on it.</param>
    /// <exception cref="NsToolsException">It runs (<c>ContainerRunning</c>).</exception>
    /// <exception cref="SyscallException">A file cannot be removed; the container shows as dead then.</exception>
    public void Remove(string id, bool isForced, bool removesVolumes, CancellationToken cancellation)
    {
        // By itself first: its supervisor still writes down how it ended.
        if (isForced && store.Runtime.Knows(id) && store.Read(id) is not null)
            new ContainerStopper(store).Stop(id, TimeSpan.Zero, cancellation);
        using SafeFileHandle entry = store.LockContainer(id, cancellation);
        ContainerDocument? document = store.Read(id);
        if (store.Runtime.Knows(id))
        {
            if (!isForced && store.Runtime.State(id) is { Status: not "stopped" })
            {
                throw new NsToolsException(
                    FailureKind.InvalidState, "ContainerRunning", $"The container '{document?.Name ?? id[..12]}' runs.", "Stop-Container ends it; Remove-Container -Force does both.");
            }
            store.Runtime.Delete(id);
        }
        new ContainerNetworking(store).Down(id);
        string directory = store.PathOf(id);
        // The first to go: without it the rest is known for a leftover.
        File.Delete(Path.Join(directory, ContainerDocument.FileName));
        if (document is not null)
            Release(document, cancellation);
        using SafeFileHandle parent = DirectoryHandle.Open(Path.GetDirectoryName(directory)!);
        OwnedTree.Remove(parent, Path.GetDirectoryName(directory)!, id, CancellationToken.None);
        if (document is not null && (removesVolumes || document.RemovesItself))
            new VolumeStore(store.DataRoot, store).RemoveAnonymous(document, cancellation);
    }

    /// <summary>
    /// Tidies up after containers that have ended while nobody was there: keeps how they ended, and removes those that were to
    /// remove themselves.
    /// </summary>
    /// <param name="containers">Containers.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Those that are still there.</returns>
    public IReadOnlyList<Container> Sweep(IReadOnlyList<Container> containers, CancellationToken cancellation)
    {
        List<Container> left = [];
        HashSet<string> alive = [.. containers.Where(container => container.ProcessId is not null).Select(container => container.Id)];
        new ContainerNetworking(store).Sweep(alive.Contains, cancellation);
        foreach (Container container in containers)
        {
            if (container.State == ContainerState.Exited)
                TryHarvest(container.Id, cancellation);
            if (container is { RemovesItself: true, State: ContainerState.Exited } && (container.FinishedAt ?? container.StartedAt) + s_courtesy < DateTimeOffset.UtcNow)
                TryRemove(container.Id, cancellation);
            else
                left.Add(container);
        }
        return left;
    }

    private void TryHarvest(string id, CancellationToken cancellation)
    {
        if (!store.HasRecord(id) && !IsOfAnotherBoot())
            return;
        using SafeFileHandle entry = store.LockContainer(id, cancellation);
        if (IsOfAnotherBoot() || (store.HasRecord(id) && !ContainerRestartPolicy.MayRestart(store, id)))
            store.Harvest(id);

        // Where the run directory outlives the machine's start, what is in it does not: there is no supervisor any more.
        bool IsOfAnotherBoot() => store.Runtime.State(id) is { Process.IsOfThisBoot: false };
    }

    private void TryRemove(string id, CancellationToken cancellation)
    {
        try
        {
            Remove(id, isForced: false, removesVolumes: false, cancellation);
        }
        catch (NsToolsException failure) when (failure.ErrorId is "ContainerNotFound" or "ContainerRunning")
        {
            // Somebody else has removed it, or started it again.
        }
    }

    // The name may by now be that of another one, made after a crash had left only this one's directory.
    private void Release(ContainerDocument document, CancellationToken cancellation)
    {
        using SafeFileHandle held = store.Lock(cancellation);
        if (store.IdOfName(document.Name) == document.Id)
            File.Delete(Path.Join(store.Names, document.Name));
    }
}
