using System.Text;
using NsTools.Images.Layers;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems.Archives;

namespace NsTools.Images.Comparing;

/// <summary>The files of an image, as its layers make them one on top of the other, without their content.</summary>
internal sealed class ImageTree
{
    private const int MaximumLinks = 40;
    private int _layer;

    /// <summary>A file or directory. Names are bytes, held as Latin-1.</summary>
    internal sealed class Node
    {
        /// <summary>What it is; null for a directory that no layer has an entry for.</summary>
        public LayerFile? File { get; set; }

        /// <summary>What is in a directory.</summary>
        public SortedDictionary<string, Node>? Children { get; set; }

        /// <summary>The last layer that has set it, or something below it.</summary>
        public int Layer { get; set; }
    }

    /// <summary>The top directory.</summary>
    public Node Root { get; } = new() { Children = new(StringComparer.Ordinal) };

    /// <summary>Puts a layer on top.</summary>
    /// <param name="files">What it says.</param>
    public void Apply(IEnumerable<LayerFile> files)
    {
        _layer++;
        foreach (LayerFile file in files)
        {
            ReadOnlySpan<byte> name = file.Entry.Name.AsSpan().TrimStart((byte)'/');
            if (name.IsEmpty || RelativePath.TryParse(name, out RelativePath path) != RelativePathProblem.None)
                continue;
            switch (WhiteoutName.Classify(path, out RelativePath hidden))
            {
                case LayerEntryKind.Content:
                    Add(path, file);
                    break;
                case LayerEntryKind.Whiteout when Find(hidden.ParentPath, create: false) is { Children: { } siblings }:
                    string key = Encoding.Latin1.GetString(hidden.Name);
                    if (siblings.TryGetValue(key, out Node? node) && Hide(node))
                        siblings.Remove(key);
                    break;
                case LayerEntryKind.OpaqueWhiteout when Find(hidden, create: false) is { } directory:
                    HideChildren(directory);
                    break;
            }
        }
    }

    private void Add(RelativePath path, LayerFile file)
    {
        if (path.IsRoot)
        {
            Root.File = file;
            return;
        }
        Node parent = Find(path.ParentPath, create: true)!;
        string key = Encoding.Latin1.GetString(path.Name);
        if (file.Entry.Type == TarEntryType.HardLink)
        {
            if (RelativePath.TryParse(file.Entry.LinkName.AsSpan().TrimStart((byte)'/'), out RelativePath existing) != RelativePathProblem.None
                || Find(existing.ParentPath, create: false)?.Children?.GetValueOrDefault(Encoding.Latin1.GetString(existing.Name)) is not { File: { } linked })
                return;
            file = linked;
        }
        SortedDictionary<string, Node> siblings = parent.Children!;
        Node? there = siblings.GetValueOrDefault(key);
        if (there is null || (there.Children is null) != (file.Kind != ImageFileKind.Directory))
            siblings[key] = there = new Node();
        there.File = file;
        there.Layer = _layer;
        if (file.Kind == ImageFileKind.Directory)
            there.Children ??= new(StringComparer.Ordinal);
    }

    // True when nothing of it is left: what this layer has made stays.
    private bool Hide(Node node)
    {
        if (node.Layer < _layer)
            return true;
        HideChildren(node);
        return false;
    }

    private void HideChildren(Node node)
    {
        foreach ((string key, Node child) in node.Children?.ToList() ?? [])
        {
            if (Hide(child))
                node.Children!.Remove(key);
        }
    }

    private Node? Find(RelativePath path, bool create)
    {
        int links = 0;
        return Find(Encoding.Latin1.GetString(path.Bytes), [Root], create, ref links);
    }

    // The way is a stack, so that ".." of a link's target leads back; never above the top.
    private Node? Find(string path, List<Node> way, bool create, ref int links)
    {
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                if (way.Count > 1)
                    way.RemoveAt(way.Count - 1);
                continue;
            }
            Node directory = way[^1];
            if (create)
                directory.Layer = _layer;
            Node? next = directory.Children!.GetValueOrDefault(part);
            if (next?.File?.Kind == ImageFileKind.SymbolicLink && ++links <= MaximumLinks)
            {
                string target = Encoding.Latin1.GetString(next.File.Entry.LinkName);
                if (target.StartsWith('/'))
                    way = [Root];
                if (Find(target, way, create: false, ref links) is not null)
                    continue;
                return create ? Root : null;
            }
            if (next?.Children is null)
            {
                if (!create)
                    return null;
                directory.Children![part] = next = new Node { Children = new(StringComparer.Ordinal) };
            }
            if (create)
                next.Layer = _layer;
            way.Add(next);
        }
        return way[^1];
    }
}
