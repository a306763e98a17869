using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>Copies a tree into a directory, and never outside it: owners, modes, times, links, devices, attributes.</summary>
internal sealed record FileTreeCopy
{
    private const int BufferSize = 256 * 1024;

    /// <summary>Where the top goes, below the directory; the root for the directory itself.</summary>
    public RelativePath Destination { get; init; } = RelativePath.Root;

    /// <summary>The owner that all copies get; null keeps each one's.</summary>
    public (uint UserId, uint GroupId)? Owner { get; init; }

    /// <summary>False leaves what is mounted on the tree's directories.</summary>
    public bool CrossesMounts { get; init; } = true;

    /// <summary>True copies device nodes; otherwise they are left out.</summary>
    public bool CopiesDevices { get; init; }

    /// <summary>False leaves the destination's directory as it is, and copies only what is in the source.</summary>
    public bool CopiesTop { get; init; } = true;

    /// <summary>The permissions that all copies get; null keeps each one's.</summary>
    public ushort? Mode { get; init; }

    /// <summary>Bits that are taken from each one's permissions.</summary>
    public ushort ClearedMode { get; init; }

    /// <summary>Says of a path of the tree whether it is left out, with all below it; null leaves nothing out.</summary>
    public Func<RelativePath, bool>? Excludes { get; init; }

    /// <summary>
    /// Says of a regular file and its new copy whether its content comes from elsewhere: then the copy gets its length and
    /// metadata alone. Null for no such file.
    /// </summary>
    public Func<FileTreeItem, SafeFileHandle, bool>? Defers { get; init; }

    /// <summary>Is called with a summary of attributes that the file system does not take.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Copies.</summary>
    /// <param name="top">The tree's top: a directory or a file.</param>
    /// <param name="into">The directory.</param>
    /// <param name="cancellation">Ends it; what is copied by then stays.</param>
    /// <returns>How many files, directories counted, were copied.</returns>
    /// <exception cref="Interop.Syscalls.SyscallException">A file cannot be read or made.</exception>
    public long Copy(SafeFileHandle top, SafeFileHandle into, CancellationToken cancellation)
    {
        using DirectoryCache directories = new(into);
        TreeWriter writer = new(directories);
        DirectMetadata metadata = new(setsOwner: LibC.geteuid() == 0, Warning, mayInherit: true);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        long count = 0;
        foreach (FileTreeItem item in new FileTree(top, CrossesMounts).Read(cancellation))
        {
            if ((item.Path.IsRoot && !CopiesTop && item.Status.IsDirectory) || Excludes?.Invoke(item.Path) == true)
                continue;
            if (Copy(item, directories, writer, metadata, buffer, cancellation))
                count++;
        }
        metadata.Complete(directories, cancellation);
        return count;
    }

    private bool Copy(FileTreeItem item, DirectoryCache directories, TreeWriter writer, DirectMetadata metadata, byte[] buffer, CancellationToken cancellation)
    {
        RelativePath path = Place(item.Path);
        if (item.HardLinkTo is { } first)
        {
            writer.CreateHardLink(path, Place(first));
            return true;
        }
        FileMetadata own = item.MetadataWith([.. item.ReadAttributes().Where(IsCopied)]);
        if (Owner is { } owner)
            own = own with { UserId = owner.UserId, GroupId = owner.GroupId };
        own = own with { Mode = (ushort)(own.Mode & ~ClearedMode) };
        if (Mode is { } mode && !item.Status.IsSymbolicLink)
            own = own with { Mode = mode };
        TarEntryType type;
        switch (item.Status)
        {
            case { IsDirectory: true }:
                writer.CreateDirectory(path);
                type = TarEntryType.Directory;
                break;
            case { IsRegular: true }:
                using (SafeFileHandle file = writer.CreateFile(path))
                {
                    if (Defers?.Invoke(item, file) == true)
                        FileContent.SetLength(file, item.Status.Size, path);
                    else
                        CopyContent(item, file, path, buffer, cancellation);
                    metadata.SetFile(file, path, own);
                }
                return true;
            case { IsSymbolicLink: true }:
                writer.CreateSymbolicLink(path, [.. item.LinkText, 0]);
                type = TarEntryType.SymbolicLink;
                break;
            case { } node when node.Type == (uint)LibC.S_IFIFO || (CopiesDevices && node.Type != (uint)LibC.S_IFSOCK):
                writer.CreateNode(path, node.Type, node.DeviceMajor, node.DeviceMinor);
                type = TarEntryType.Fifo;
                break;
            default:
                return false;
        }
        metadata.Set(directories, path, type, own);
        return true;
    }

    private static void CopyContent(FileTreeItem item, SafeFileHandle to, RelativePath path, byte[] buffer, CancellationToken cancellation)
    {
        using SafeFileHandle from = item.OpenContent();
        long offset = 0;
        while (RandomAccess.Read(from, buffer, offset) is > 0 and int read)
        {
            cancellation.ThrowIfCancellationRequested();
            // Holes stay holes, as far as whole buffers of zeros are.
            if (read < buffer.Length || buffer.AsSpan().ContainsAnyExcept((byte)0))
                FileContent.Write(to, buffer.AsSpan(0, read), offset, path);
            offset += read;
        }
        FileContent.SetLength(to, offset, path);
    }

    private RelativePath Place(RelativePath path) =>
        path.IsRoot ? Destination : Destination.IsRoot ? path : Destination.Append(path.Bytes);

    // Labels are the host's matter, and an overlay's marks the overlay's.
    private static bool IsCopied(FileAttribute attribute)
    {
        ReadOnlySpan<byte> name = attribute.TerminatedName;
        return !name.StartsWith("security.selinux\0"u8) && !name.StartsWith("trusted.overlay."u8) && !name.StartsWith("user.overlay."u8);
    }
}
