using NsTools.Interop.FileSystems;

namespace NsTools.Images.Layers;

/// <summary>
/// The paths that one layer has made, with the directories on their way: a whiteout hides what is below the layer, not
/// what is in it, whichever comes first (OCI image-spec, layer.md, "Whiteouts"). Kept as 64-bit hashes, so that a layer
/// of a million files takes some 30 MB; the hashes are seeded anew in each process, so no layer can plan collisions.
/// </summary>
internal sealed class TouchedPaths
{
    private readonly HashSet<ulong> _hashes = [];

    /// <summary>Notes a path and the directories that it is in.</summary>
    public void Add(RelativePath path)
    {
        ReadOnlySpan<byte> rest = path.Bytes;
        while (!rest.IsEmpty && _hashes.Add(HashOf(rest)))
            rest = rest[..Math.Max(0, rest.LastIndexOf((byte)'/'))];
    }

    /// <summary>True when the path, or something below it, was noted.</summary>
    public bool Contains(RelativePath path) => path.IsRoot || _hashes.Contains(HashOf(path.Bytes));

    /// <summary>Begins a new layer.</summary>
    public void Clear() => _hashes.Clear();

    private static ulong HashOf(ReadOnlySpan<byte> path)
    {
        HashCode low = default, high = default;
        low.AddBytes(path);
        high.Add(path.Length);
        high.AddBytes(path);
        return ((ulong)(uint)high.ToHashCode() << 32) | (uint)low.ToHashCode();
    }
}
