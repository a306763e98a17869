using NsTools.RootFileSystems.Archives;

namespace NsTools.Images.Comparing;

/// <summary>What a layer says of one file, with the digest of its content instead of that.</summary>
/// <param name="Entry">The entry of its archive.</param>
/// <param name="ContentHash">SHA-256 of a regular file's content; null for anything else.</param>
internal sealed record LayerFile(TarEntry Entry, byte[]? ContentHash)
{
    /// <summary>What it is; a hard link is what it links to.</summary>
    public ImageFileKind Kind => Entry.Type switch
    {
        TarEntryType.Directory => ImageFileKind.Directory,
        TarEntryType.SymbolicLink => ImageFileKind.SymbolicLink,
        TarEntryType.CharacterDevice => ImageFileKind.CharacterDevice,
        TarEntryType.BlockDevice => ImageFileKind.BlockDevice,
        TarEntryType.Fifo => ImageFileKind.Fifo,
        _ => ImageFileKind.File,
    };

    /// <summary>In what another differs from this.</summary>
    public ImageFileProperties CompareTo(LayerFile other)
    {
        if (ReferenceEquals(this, other))
            return ImageFileProperties.None;
        ImageFileProperties differences = ImageFileProperties.None;
        var (mine, its) = (Entry.Metadata, other.Entry.Metadata);
        if (Kind != other.Kind)
            differences |= ImageFileProperties.Kind;
        else if (!ContentHash.AsSpan().SequenceEqual(other.ContentHash)
            || (Kind == ImageFileKind.SymbolicLink && !Entry.LinkName.AsSpan().SequenceEqual(other.Entry.LinkName))
            || Entry.DeviceMajor != other.Entry.DeviceMajor || Entry.DeviceMinor != other.Entry.DeviceMinor)
            differences |= ImageFileProperties.Content;
        if (mine.Mode != its.Mode && Kind != ImageFileKind.SymbolicLink)
            differences |= ImageFileProperties.Mode;
        if (mine.UserId != its.UserId || mine.GroupId != its.GroupId)
            differences |= ImageFileProperties.Owner;
        if (mine.ModifiedSeconds != its.ModifiedSeconds || mine.ModifiedNanoseconds != its.ModifiedNanoseconds)
            differences |= ImageFileProperties.Time;
        if (!HasSameAttributes(other))
            differences |= ImageFileProperties.Attributes;
        return differences;
    }

    private bool HasSameAttributes(LayerFile other) =>
        Entry.Metadata.Attributes.Count == other.Entry.Metadata.Attributes.Count
        && Entry.Metadata.Attributes.All(a => other.Entry.Metadata.Attributes.Any(
            b => a.TerminatedName.AsSpan().SequenceEqual(b.TerminatedName) && a.Value.AsSpan().SequenceEqual(b.Value)));
}
