using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Images.Documents;
using NsTools.Images.Layers;
using NsTools.Images.Layouts;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems;

namespace NsTools.Images;

/// <summary>
/// Finds and removes what nothing in the store needs any more. While it lasts the store is held alone: a copy that runs
/// holds it, too, and so keeps what it has written and no image has yet.
/// </summary>
public sealed class ImageStoreSweep : IDisposable
{
    // What a copy that was cut off has fetched, the next one need not: for a week.
    private static readonly TimeSpan s_partialAge = TimeSpan.FromDays(7);

    private readonly ImageStore _store;
    private readonly LayerStore _layers;
    private readonly IDisposable? _heldStore;
    private readonly IDisposable? _heldLayers;

    private ImageStoreSweep(ImageStore store, LayerStore layers, IDisposable? heldStore, IDisposable? heldLayers) =>
        (_store, _layers, _heldStore, _heldLayers) = (store, layers, heldStore, heldLayers);

    /// <summary>Holds the store alone.</summary>
    /// <exception cref="NsToolsException">Somebody else uses it (<c>StoreInUse</c>).</exception>
    public static ImageStoreSweep Begin()
    {
        ImageStore store = ImageStore.Default;
        LayerStore layers = LayerStore.Default;
        IDisposable? heldStore = store.Layout.Exists ? store.Layout.TryHoldAlone() ?? throw InUse(store.Layout.Path) : null;
        if (!Directory.Exists(layers.Root))
            return new ImageStoreSweep(store, layers, heldStore, null);
        IDisposable? heldLayers = layers.TryHoldAlone();
        if (heldLayers is not null)
            return new ImageStoreSweep(store, layers, heldStore, heldLayers);
        heldStore?.Dispose();
        throw InUse(layers.Root);
    }

    /// <summary>What nothing needs any more.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">The index, or a manifest that it names, cannot be read: nothing can be told to be needless then.</exception>
    public IReadOnlyList<ImageStoreItem> Find(CancellationToken cancellation)
    {
        List<ImageStoreItem> items = [];
        HashSet<Digest> needed = [], chains = [];
        if (_store.Layout.Exists)
        {
            List<ImageDescriptor> orphans = FindNeeded(needed, chains, cancellation);
            items.AddRange(orphans.Select(orphan => new ImageStoreItem { Kind = ImageStoreItemKind.Referrer, Name = orphan.Digest.ToString(), Path = _store.Layout.Path, Size = 0 }));
            items.AddRange(FindBlobs(needed));
        }
        HashSet<string> used = ImageMounter.DirectoriesInUse();
        items.AddRange(_layers.List().Where(id => !chains.Contains(id) && !used.Contains(_layers.ContentPathOf(id)))
            .Select(id => ItemOf(ImageStoreItemKind.Layer, id.ToString(), _layers.PathOf(id))));
        items.AddRange(_layers.ListWhole().Where(id => !chains.Contains(id) && !used.Contains(_layers.WholePathOf(id)))
            .Select(id => ItemOf(ImageStoreItemKind.Layer, Path.GetFileName(_layers.WholePathOf(id)), _layers.WholePathOf(id))));
        items.AddRange(_layers.Leftovers().Select(name => ItemOf(ImageStoreItemKind.Layer, name, Path.Join(_layers.Root, name))));
        string mounts = Path.Join(RuntimeDirectories.DataRoot, "mounts");
        if (Directory.Exists(mounts))
        {
            items.AddRange(Directory.EnumerateDirectories(mounts).Where(path => !used.Contains(Path.Join(path, "upper")))
                .Select(path => ItemOf(ImageStoreItemKind.MountDirectory, Path.GetFileName(path), path)));
        }
        return items;
    }

    /// <summary>Removes one of what was found.</summary>
    /// <param name="item">It.</param>
    /// <param name="cancellation">Stops half-way.</param>
    public void Remove(ImageStoreItem item, CancellationToken cancellation)
    {
        switch (item.Kind)
        {
            case ImageStoreItemKind.Referrer:
                _store.Layout.ChangeEntries(entries => [.. entries.Where(e => OciLayout.NameOf(e) is not null || e.Digest.ToString() != item.Name)], cancellation);
                break;
            case ImageStoreItemKind.Layer when Digest.TryParse(item.Name, out Digest? chainId):
                _layers.Remove(chainId, cancellation);
                break;
            case ImageStoreItemKind.Layer or ImageStoreItemKind.MountDirectory:
                string parentPath = Path.GetDirectoryName(item.Path)!;
                using (SafeFileHandle parent = DirectoryHandle.Open(parentPath))
                    OwnedTree.Remove(parent, parentPath, Path.GetFileName(item.Path), cancellation);
                break;
            default:
                File.Delete(item.Path);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _heldLayers?.Dispose();
        _heldStore?.Dispose();
    }

    // The roots are the entries of index.json; but a name-less one with a subject lives with that.
    private List<ImageDescriptor> FindNeeded(HashSet<Digest> needed, HashSet<Digest> chains, CancellationToken cancellation)
    {
        List<(ImageDescriptor Entry, Digest Subject)> referrers = [];
        foreach (ImageDescriptor entry in _store.Layout.ReadEntries())
        {
            if (OciLayout.NameOf(entry) is null && SubjectOf(entry) is { } subject)
                referrers.Add((entry, subject));
            else
                Need(entry, needed, chains, cancellation);
        }
        // A signature may be signed in its turn.
        for (bool found = true; found;)
        {
            List<(ImageDescriptor Entry, Digest Subject)> living = [.. referrers.Where(r => needed.Contains(r.Subject))];
            foreach ((ImageDescriptor entry, _) in living)
                Need(entry, needed, chains, cancellation);
            referrers.RemoveAll(living.Contains);
            found = living.Count > 0;
        }
        return [.. referrers.Select(r => r.Entry)];
    }

    private Digest? SubjectOf(ImageDescriptor entry)
    {
        if (!File.Exists(_store.Layout.BlobPath(entry.Digest)))
            return null;
        ManifestContent manifest = _store.Layout.ReadManifest(entry.Digest, entry.MediaType);
        return ImageDocuments.SubjectOf(manifest);
    }

    private void Need(ImageDescriptor descriptor, HashSet<Digest> needed, HashSet<Digest> chains, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // Of an index only some images may be there.
        if (!needed.Add(descriptor.Digest) || !File.Exists(_store.Layout.BlobPath(descriptor.Digest)))
            return;
        ManifestContent manifest = _store.Layout.ReadManifest(descriptor.Digest, descriptor.MediaType.Length > 0 ? descriptor.MediaType : null);
        if (manifest.IsIndex)
        {
            foreach (ImageDescriptor child in ImageDocuments.ReadIndex(manifest).Manifests)
                Need(child, needed, chains, cancellation);
            return;
        }
        ImageManifest image = ImageDocuments.ReadManifest(manifest);
        needed.UnionWith(image.Layers.Append(image.Config).Select(blob => blob.Digest));
        if (image.IsImage && _store.Layout.HasBlob(image.Config))
            chains.UnionWith(ChainsOf(image));
    }

    private IReadOnlyList<Digest> ChainsOf(ImageManifest image)
    {
        try
        {
            return LayerStore.ChainIdsOf(ImageDocuments.ReadConfig(_store.Layout.ReadBlob(image.Config, ImageDocuments.MaximumConfigSize)));
        }
        catch (NsToolsException exception) when (exception.Kind is FailureKind.InvalidData or FailureKind.LimitExceeded)
        {
            // Of an image without a valid configuration no layer was ever unpacked.
            return [];
        }
    }

    private IEnumerable<ImageStoreItem> FindBlobs(HashSet<Digest> needed)
    {
        foreach (string directory in Directory.EnumerateDirectories(Path.Join(_store.Layout.Path, "blobs")))
        {
            foreach (string path in Directory.EnumerateFiles(directory))
            {
                string name = $"{Path.GetFileName(directory)}:{Path.GetFileName(path)}";
                if (!Digest.TryParse(name, out Digest? digest) || !needed.Contains(digest))
                    yield return new ImageStoreItem { Kind = ImageStoreItemKind.Blob, Name = name, Path = path, Size = new FileInfo(path).Length };
            }
        }
        if (!Directory.Exists(_store.Layout.WorkPath))
            yield break;
        foreach (string path in Directory.EnumerateFiles(_store.Layout.WorkPath, "*", SearchOption.AllDirectories))
        {
            var file = new FileInfo(path);
            // The store is held alone: what no later copy can go on with is nobody's any more.
            if (!PartialBlob.IsResumableName(file.Name) || DateTime.UtcNow - file.LastWriteTimeUtc > s_partialAge)
                yield return new ImageStoreItem { Kind = ImageStoreItemKind.PartialBlob, Name = file.Name, Path = path, Size = file.Length };
        }
    }

    private static ImageStoreItem ItemOf(ImageStoreItemKind kind, string name, string path) =>
        new() { Kind = kind, Name = name, Path = path, Size = SizeOf(path) };

    private static long SizeOf(string directory)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return new DirectoryInfo(directory).EnumerateFiles("*", options).Sum(file => file.Length);
    }

    private static NsToolsException InUse(string path) => new(
        FailureKind.InvalidState, "StoreInUse", $"'{path}' is just being used by another command, which may need what looks needless.", "Try again when that has ended.");
}
