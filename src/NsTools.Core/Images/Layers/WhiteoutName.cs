using NsTools.Interop.FileSystems;

namespace NsTools.Images.Layers;

/// <summary>Tells whiteouts by their names.</summary>
internal static class WhiteoutName
{
    private static ReadOnlySpan<byte> Prefix => ".wh."u8;

    private static ReadOnlySpan<byte> AufsPrefix => ".wh..wh."u8;

    private static ReadOnlySpan<byte> Opaque => ".wh..wh..opq"u8;

    /// <summary>True when an entry of that name is not made but hides something, or would not be allowed.</summary>
    /// <param name="name">The entry's name.</param>
    public static bool IsWhiteout(ReadOnlySpan<byte> name) =>
        RelativePath.TryParse(name, out RelativePath path) == RelativePathProblem.None && Classify(path, out _) != LayerEntryKind.Content;

    /// <summary>What a path means.</summary>
    /// <param name="path">The path of an entry.</param>
    /// <param name="hidden">For a whiteout what it hides, otherwise the path itself.</param>
    public static LayerEntryKind Classify(RelativePath path, out RelativePath hidden)
    {
        hidden = path;
        ReadOnlySpan<byte> bytes = path.Bytes;
        if (bytes.IndexOf(Prefix) < 0)
            return LayerEntryKind.Content;
        if (bytes.StartsWith(AufsPrefix) && !bytes.SequenceEqual(Opaque))
            return LayerEntryKind.Ignored;
        ReadOnlySpan<byte> parent = path.Parent;
        if (parent.StartsWith(Prefix) || parent.IndexOf("/.wh."u8) >= 0)
            return LayerEntryKind.Invalid;
        ReadOnlySpan<byte> name = path.Name;
        if (!name.StartsWith(Prefix))
            return LayerEntryKind.Content;
        if (name.SequenceEqual(Opaque))
        {
            if (!parent.IsEmpty)
                RelativePath.TryParse(parent, out hidden);
            else
                hidden = RelativePath.Root;
            return LayerEntryKind.OpaqueWhiteout;
        }
        if (name.StartsWith(AufsPrefix))
            return LayerEntryKind.Ignored;
        ReadOnlySpan<byte> target = name[Prefix.Length..];
        if (target.IsEmpty || target.SequenceEqual("."u8) || target.SequenceEqual(".."u8))
            return LayerEntryKind.Invalid;
        byte[] whole = parent.IsEmpty ? target.ToArray() : [.. parent, (byte)'/', .. target];
        RelativePath.TryParse(whole, out hidden);
        return LayerEntryKind.Whiteout;
    }
}
