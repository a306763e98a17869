using System.Text;
using NsTools.Images.Layers;

namespace NsTools.Images.Comparing;

/// <summary>Compares the files of images.</summary>
public static class ImageComparer
{
    /// <summary>What is not the same in two images. Layers that both have are read once.</summary>
    /// <param name="reference">The first image.</param>
    /// <param name="referenceContents">What it has.</param>
    /// <param name="difference">The second image.</param>
    /// <param name="differenceContents">What that has.</param>
    /// <param name="ignored">In what files may differ without being reported.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The changes from the first to the second, by path.</returns>
    public static IReadOnlyList<ImageChange> Compare(
        IImageSource reference,
        ImageContents referenceContents,
        IImageSource difference,
        ImageContents differenceContents,
        ImageFileProperties ignored,
        CancellationToken cancellation)
    {
        IReadOnlyList<ImageLayer> first = referenceContents.RequireFileSystem(reference.Reference.ToString());
        IReadOnlyList<ImageLayer> second = differenceContents.RequireFileSystem(difference.Reference.ToString());
        int common = first.Zip(second).TakeWhile(pair => pair.First.DiffId == pair.Second.DiffId).Count();
        ImageTree before = new(), after = new();
        Apply(reference, [.. first.Take(common)], [before, after], cancellation);
        Apply(reference, [.. first.Skip(common)], [before], cancellation);
        Apply(difference, [.. second.Skip(common)], [after], cancellation);
        return Compare(before, after, ignored);
    }

    /// <summary>What one layer has changed of those below it.</summary>
    /// <param name="source">The image.</param>
    /// <param name="contents">What it has.</param>
    /// <param name="layer">Its place, 0 for the lowest.</param>
    /// <param name="ignored">In what files may differ without being reported.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is no such layer (<c>LayerNotFound</c>).</exception>
    public static IReadOnlyList<ImageChange> Compare(
        IImageSource source, ImageContents contents, int layer, ImageFileProperties ignored, CancellationToken cancellation)
    {
        IReadOnlyList<ImageLayer> layers = contents.RequireFileSystem(source.Reference.ToString());
        if (layer < 0 || layer >= layers.Count)
            throw new NsToolsException(FailureKind.InvalidArgument, "LayerNotFound", $"'{source.Reference}' has no layer {layer}: its layers are 0 to {layers.Count - 1}.");
        ImageTree before = new(), after = new();
        Apply(source, [.. layers.Take(layer)], [before, after], cancellation);
        Apply(source, [layers[layer]], [after], cancellation);
        return Compare(before, after, ignored);
    }

    private static void Apply(IImageSource source, IReadOnlyList<ImageLayer> layers, ImageTree[] trees, CancellationToken cancellation)
    {
        using var queue = new LayerQueue(source, layers, null, cancellation);
        while (queue.Take() is { } content)
        {
            using (content)
            {
                List<LayerFile> files = LayerListing.Read(content, cancellation);
                foreach (ImageTree tree in trees)
                    tree.Apply(files);
            }
        }
    }

    private static List<ImageChange> Compare(ImageTree before, ImageTree after, ImageFileProperties ignored)
    {
        List<ImageChange> changes = [];
        Compare("", before.Root, after.Root, ignored, changes);
        return changes;
    }

    private static void Compare(string path, ImageTree.Node before, ImageTree.Node after, ImageFileProperties ignored, List<ImageChange> changes)
    {
        if (before.File is { } old && after.File is { } now && (old.CompareTo(now) & ~ignored) is not ImageFileProperties.None and var properties)
            changes.Add(Describe(path.Length == 0 ? "/" : path, ImageChangeType.Changed, now, old) with { Properties = properties });
        SortedDictionary<string, ImageTree.Node> none = [], mine = before.Children ?? none, its = after.Children ?? none;
        foreach (string name in mine.Keys.Union(its.Keys).Order(StringComparer.Ordinal))
        {
            string child = $"{path}/{Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(name))}";
            mine.TryGetValue(name, out ImageTree.Node? was);
            its.TryGetValue(name, out ImageTree.Node? became);
            if (was is not null && became is not null)
                Compare(child, was, became, ignored, changes);
            else
                AddAll(child, was ?? became!, was is null ? ImageChangeType.Added : ImageChangeType.Deleted, changes);
        }
    }

    private static void AddAll(string path, ImageTree.Node node, ImageChangeType change, List<ImageChange> changes)
    {
        if (node.File is { } file)
            changes.Add(change == ImageChangeType.Added ? Describe(path, change, file, null) : Describe(path, change, null, file));
        foreach ((string name, ImageTree.Node child) in node.Children ?? [])
            AddAll($"{path}/{Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(name))}", child, change, changes);
    }

    private static ImageChange Describe(string path, ImageChangeType change, LayerFile? now, LayerFile? old)
    {
        LayerFile file = now ?? old!;
        return new ImageChange
        {
            Path = path,
            Change = change,
            Kind = file.Kind,
            Size = now is null ? null : now.Kind == ImageFileKind.File ? now.Entry.Size : 0,
            PreviousSize = old is null ? null : old.Kind == ImageFileKind.File ? old.Entry.Size : 0,
            Mode = Convert.ToString(file.Entry.Metadata.Mode, 8).PadLeft(4, '0'),
            UserId = file.Entry.Metadata.UserId,
            GroupId = file.Entry.Metadata.GroupId,
            LinkTarget = file.Kind == ImageFileKind.SymbolicLink ? Encoding.UTF8.GetString(file.Entry.LinkName) : null,
        };
    }
}
