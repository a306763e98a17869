using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems;

namespace NsTools.Images.Layers;

/// <summary>
/// Unpacks layers into a store, each on top of the ones below it. All but the lowest are written through an overlay that
/// only this process sees: so the kernel itself makes the whiteouts and opaque directories that it will understand, and a
/// link, a hard link or a directory that only a lower layer has means in a layer's directory what it means in the image.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="lower">The content of the layers that are there, the lowest first.</param>
/// <param name="options">How.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class LayerUnpacking(LayerStore store, IEnumerable<string> lower, ExpansionOptions options, CancellationToken cancellation) : IDisposable
{
    private const UnixFileMode RootMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly List<string> _lower = [.. lower];
    private readonly List<PartialDirectory> _made = [];

    /// <summary>Unpacks layers.</summary>
    /// <param name="source">Has their blobs.</param>
    /// <param name="layers">The layers, the lowest first.</param>
    /// <param name="chain">Their chain IDs.</param>
    public void Run(IImageSource source, IReadOnlyList<ImageLayer> layers, IReadOnlyList<Digest> chain)
    {
        var totals = new ExpansionTotals { MaximumSize = options.MaximumSize, Length = layers.Sum(layer => layer.Size) };
        ExpansionOptions own = options with { SkipsDevices = options.SkipsDevices || !LayerPrivileges.IsHostRoot };
        using var queue = new LayerQueue(source, layers, options.MaximumSize, cancellation);
        for (int i = 0; i < layers.Count; i++)
            Unpack(queue, layers[i], chain[i], own, totals);
        if (totals.DevicesSkipped > 0)
            options.Warning?.Invoke($"'{source.Reference}': {totals.DevicesSkipped} device nodes were left out.");
        // A layer that is there is taken to be whole: not its name alone must survive a crash.
        if (_made.Count > 0)
            FileContent.SynchronizeFileSystem(_made[^1].Handle, store.Root);
        foreach (PartialDirectory made in _made)
            Appear(made);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PartialDirectory made in _made)
            made.Dispose();
    }

    private void Unpack(LayerQueue queue, ImageLayer layer, Digest chainId, ExpansionOptions own, ExpansionTotals totals)
    {
        if (Directory.Exists(store.ContentPathOf(chainId)))
        {
            // One below it was missing, or another process has made it just now.
            queue.Take()!.Dispose();
            _lower.Add(store.ContentPathOf(chainId));
            return;
        }
        var partial = PartialDirectory.Create(store.PathOf(chainId));
        _made.Add(partial);
        string upper = Path.Join(partial.TemporaryPath, "diff"), work = Path.Join(partial.TemporaryPath, "work");
        Directory.CreateDirectory(upper);
        if (_lower.Count > 0)
        {
            // The top directory, too, is the lower layer's until this one says otherwise.
            using SafeFileHandle below = DirectoryHandle.Open(_lower[^1]), top = DirectoryHandle.Open(upper);
            DirectoryMetadata.Copy(below, top);
        }
        else
        {
            File.SetUnixFileMode(upper, RootMode);
        }
        var metadata = new DirectMetadata(setsOwner: LayerPrivileges.IsRoot, options.Warning, clearsAttributes: true);
        using (SafeFileHandle root = _lower.Count == 0 ? DirectoryHandle.Open(upper) : ImageOverlay.Create("layer", _lower, upper, work))
        using (var expansion = new LayerExpansion(root, hasLower: _lower.Count > 0, metadata, own, totals, cancellation))
        {
            ImageExpander.Apply(queue, [layer], expansion, own, totals);
            expansion.Complete();
        }
        TreeRemover.Remove(partial.Handle, "work", CancellationToken.None);
        _lower.Add(upper);
    }

    private static void Appear(PartialDirectory made)
    {
        try
        {
            made.Complete();
        }
        catch (NsToolsException exception) when (exception.Kind == FailureKind.AlreadyExists)
        {
            // Another process was quicker; its layer has the same content, and ours goes.
        }
    }
}
