using NsTools.Interop.FileSystems;

namespace NsTools.RootFileSystems.Archives;

/// <summary>What an entry of a tar archive makes.</summary>
internal enum TarEntryType
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>Another name of an earlier file.</summary>
    HardLink,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A named pipe.</summary>
    Fifo,
}

/// <summary>An extent of a sparse file that has content.</summary>
/// <param name="Offset">Where in the file, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct SparseExtent(long Offset, long Length);

/// <summary>One entry of a tar archive, as its headers say; nothing in it has been judged.</summary>
internal sealed record TarEntry
{
    /// <summary>What it makes.</summary>
    public required TarEntryType Type { get; init; }

    /// <summary>Its name, without a NUL at the end.</summary>
    public required byte[] Name { get; init; }

    /// <summary>What a link says, without a NUL at the end.</summary>
    public required byte[] LinkName { get; init; }

    /// <summary>Owner, mode, time and attributes.</summary>
    public required FileMetadata Metadata { get; init; }

    /// <summary>Bytes of content in the archive.</summary>
    public required long StoredSize { get; init; }

    /// <summary>Size of the file that it makes: more than <see cref="StoredSize"/> for a sparse one.</summary>
    public required long Size { get; init; }

    /// <summary>Which parts of a sparse file the content is; null for an ordinary file.</summary>
    public IReadOnlyList<SparseExtent>? Extents { get; init; }

    /// <summary>Major number of a device.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Minor number of a device.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Where its (first) header begins in the decompressed archive.</summary>
    public required long Offset { get; init; }

    /// <summary>The name for a message, see <see cref="DisplayName"/>.</summary>
    public override string ToString() => DisplayName.Of(Name);
}
