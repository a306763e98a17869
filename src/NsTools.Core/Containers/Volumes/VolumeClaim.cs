namespace NsTools.Containers.Volumes;

/// <summary>The volumes of a container that is being made: held until it is there, and those that were made for it removed where it never is.</summary>
internal sealed class VolumeClaim : IDisposable
{
    private readonly IReadOnlyList<ContainerMount> _mounts;
    private readonly List<string> _made = [];
    private readonly IDisposable? _held;
    private bool _isKept;

    private VolumeClaim(VolumeStore store, IReadOnlyList<ContainerMount> mounts, CancellationToken cancellation)
    {
        (Store, _mounts) = (store, mounts);
        if (!mounts.Any(mount => mount.Type == ContainerMountType.Volume))
            return;
        _held = store.Hold(cancellation);
        try
        {
            foreach (ContainerMount mount in mounts.Where(mount => mount.Type == ContainerMountType.Volume))
            {
                if (store.Require(mount.Source!, mount.IsAnonymous, cancellation))
                    _made.Add(mount.Source!);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where they are.</summary>
    public VolumeStore Store { get; }

    /// <summary>Makes what is missing of a container's volumes, and holds them.</summary>
    /// <param name="containers">Where the container will be.</param>
    /// <param name="mounts">What it has mounted.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    public static VolumeClaim Take(ContainerStore containers, IReadOnlyList<ContainerMount> mounts, CancellationToken cancellation) =>
        new(new VolumeStore(containers.DataRoot, containers), mounts, cancellation);

    /// <summary>Fills those that are empty.</summary>
    /// <param name="filler">Fills them.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Fill(VolumeFiller filler, CancellationToken cancellation)
    {
        foreach (ContainerMount mount in _mounts)
        {
            if (mount.Type == ContainerMountType.Volume)
                filler.Fill(mount, Store.PathOf(mount.Source!), cancellation);
            else if (mount is { Type: ContainerMountType.Bind, ChangesOwner: true })
                filler.GiveAway(mount.Source!, cancellation);
        }
    }

    /// <summary>The container is there: they stay.</summary>
    public void Keep() => _isKept = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _held?.Dispose();
        if (!_isKept)
            Store.RemoveUnused(_made);
    }
}
