using NsTools.RootFileSystems;

namespace NsTools.Images.Layers;

/// <summary>Expands images into root file systems.</summary>
public static class ImageExpander
{
    private const UnixFileMode RootMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>
    /// Applies all layers of an image to a new directory. As root everything is preserved: owners, modes, times, links,
    /// devices, extended attributes. As an ordinary user likewise, but devices, where the user has subordinate IDs. The
    /// directory appears under its name only when it is whole and every digest was right; on any failure nothing is left.
    /// </summary>
    /// <param name="source">The image.</param>
    /// <param name="image">What the source has.</param>
    /// <param name="destination">Absolute path of the directory: none, or an empty one.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it, and leaves nothing.</param>
    /// <exception cref="NsToolsException">
    /// The image is none that has a file system, is damaged, hostile or too large, or the destination is taken.
    /// </exception>
    /// <exception cref="Interop.Syscalls.SyscallException">A file could not be made: the disk is full, …</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static RootFileSystem Expand(IImageSource source, ImageContents image, string destination, ExpansionOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<ImageLayer> layers = image.RequireFileSystem(source.Reference.ToString());
        destination = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        using PartialDirectory partial = PartialDirectory.Create(destination);
        var totals = new ExpansionTotals { MaximumSize = options.MaximumSize, Length = layers.Sum(layer => layer.Size) };
        Fill(source, layers, partial, options, totals, cancellation);
        partial.Complete();
        return RootFileSystemInspector.Inspect(destination) with { Source = source.Reference.ToString(), Size = totals.Size };
    }

    /// <summary>Applies layers to a directory that has those below them already.</summary>
    /// <param name="queue">The layers.</param>
    /// <param name="layers">The same, for their sizes.</param>
    /// <param name="expansion">Applies them.</param>
    /// <param name="options">How.</param>
    /// <param name="totals">Counts what is made.</param>
    internal static void Apply(LayerQueue queue, IEnumerable<ImageLayer> layers, LayerExpansion expansion, ExpansionOptions options, ExpansionTotals totals)
    {
        foreach (ImageLayer layer in layers)
        {
            using LayerContent content = queue.Take()!;
            if (options.MaximumSize is null)
            {
                long plausible = LayerContent.PlausibleSizeOf(layer);
                totals.MaximumSize = plausible > long.MaxValue - totals.Size ? long.MaxValue : totals.Size + plausible;
            }
            expansion.Apply(content);
            totals.BytesRead += layer.Size;
        }
    }

    private static void Fill(
        IImageSource source, IReadOnlyList<ImageLayer> layers, PartialDirectory partial, ExpansionOptions options, ExpansionTotals totals, CancellationToken cancellation)
    {
        UserNamespaceTool? tool = UserNamespaceTool.ForCaller();
        if (!LayerPrivileges.IsRoot && tool is null)
        {
            options.Warning?.Invoke(
                $"All files become your own: {Environment.UserName} has no subordinate IDs for the image's owners. "
                + $"To get some, as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {Environment.UserName}");
        }
        using DelegatedMetadata? delegated = tool is null ? null : new DelegatedMetadata(tool, partial.TemporaryPath, options.Warning);
        IMetadataPolicy metadata = delegated ?? (IMetadataPolicy)new DirectMetadata(setsOwner: LayerPrivileges.IsRoot, options.Warning);
        // An image's device nodes are of no use to a container, which gets its own /dev: who cannot make them does without.
        options = options with { SkipsDevices = options.SkipsDevices || !LayerPrivileges.IsHostRoot };
        using var queue = new LayerQueue(source, layers, options.MaximumSize, cancellation);
        using var expansion = new LayerExpansion(partial.Handle, hasLower: false, metadata, options, totals, cancellation);
        Apply(queue, layers, expansion, options, totals);
        expansion.Complete();
        if (totals.DevicesSkipped > 0)
            options.Warning?.Invoke($"'{source.Reference}': {totals.DevicesSkipped} device nodes were left out.");
        if (!expansion.HasRootEntry)
            File.SetUnixFileMode(partial.Handle, RootMode);
    }
}
