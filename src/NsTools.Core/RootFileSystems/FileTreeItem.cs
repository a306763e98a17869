using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>One file of a tree that is being read.</summary>
/// <param name="path">Its path below the tree's top.</param>
/// <param name="node">The file, open with <c>O_PATH</c>; valid until the next one is read.</param>
/// <param name="status">What its inode says.</param>
/// <param name="hardLinkTo">An earlier name of the same file; null when this is the first.</param>
internal sealed class FileTreeItem(RelativePath path, SafeFileHandle node, FileStatus status, RelativePath? hardLinkTo)
{
    /// <summary>Its path below the tree's top; that itself is the root.</summary>
    public RelativePath Path => path;

    /// <summary>What its inode says.</summary>
    public FileStatus Status => status;

    /// <summary>An earlier name of the same file; null when this is the first.</summary>
    public RelativePath? HardLinkTo => hardLinkTo;

    /// <summary>What a symbolic link says, without a NUL at its end.</summary>
    /// <exception cref="SyscallException">It cannot be read.</exception>
    public byte[] LinkText => Descriptor.ReadLinkBytes(node);

    /// <summary>Opens a regular file's content.</summary>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public SafeFileHandle OpenContent() => Descriptor.Reopen(node, LibC.O_RDONLY);

    /// <summary>Gives it to another owner.</summary>
    /// <param name="userId">The owner's user ID.</param>
    /// <param name="groupId">The owning group's ID.</param>
    /// <exception cref="SyscallException">It failed.</exception>
    public void SetOwner(uint userId, uint groupId) => FileOwner.Set(node, userId, groupId);

    /// <summary>All its extended attributes, sorted by their names.</summary>
    /// <exception cref="SyscallException">They cannot be read.</exception>
    public IReadOnlyList<FileAttribute> ReadAttributes()
    {
        IReadOnlyList<(byte[] TerminatedName, byte[] Value)> found = ExtendedAttribute.ReadOnPath(node);
        return found.Count == 0
            ? []
            : [.. found.Select(attribute => new FileAttribute(attribute.TerminatedName, attribute.Value)).OrderBy(attribute => attribute.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>What a copy of it is to have.</summary>
    /// <param name="attributes">Its attributes.</param>
    public FileMetadata MetadataWith(IReadOnlyList<FileAttribute> attributes) => new()
    {
        UserId = status.UserId,
        GroupId = status.GroupId,
        Mode = status.Mode,
        ModifiedSeconds = status.ModifiedSeconds,
        ModifiedNanoseconds = status.ModifiedNanoseconds,
        Attributes = attributes,
    };

    /// <summary>Its path for a message.</summary>
    public override string ToString() => path.ToString();
}
