using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;
using NsTools.RootFileSystems;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.Images.Layers;

/// <summary>
/// Makes a layer's archive (OCI image-spec, layer.md, "Creating") of a directory: either of all that is in it, or of the
/// changes that an overlay has written there. The same directory makes the same bytes: entries are sorted by name, and have
/// whole seconds, as Docker's and Podman's layers do. Sockets are left out, which no archive can have.
/// </summary>
internal sealed class LayerArchive
{
    private const int BufferSize = 256 * 1024;

    private readonly SafeFileHandle _directory;
    private readonly LayerArchiveOptions _options;
    private readonly TarArchiveWriter _writer;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    // What a hard link must not point to: a name that was left out.
    private readonly HashSet<byte[]> _skipped = new(ByteStringComparer.Instance);

    private LayerArchive(SafeFileHandle directory, Stream output, LayerArchiveOptions options) =>
        (_directory, _options, _writer) = (directory, options, new TarArchiveWriter(output));

    /// <summary>Writes the archive.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="output">Where to; not closed.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="Interop.Syscalls.SyscallException">A file cannot be read.</exception>
    /// <exception cref="NsToolsException">A file has changed while it was read (<c>FileChanged</c>), or has an owner that no map has (<c>OwnerNotMapped</c>).</exception>
    public static void Write(SafeFileHandle directory, Stream output, LayerArchiveOptions options, CancellationToken cancellation) =>
        new LayerArchive(directory, output, options).Write(cancellation);

    private void Write(CancellationToken cancellation)
    {
        RelativePath? hidden = null;
        foreach (FileTreeItem item in new FileTree(_directory, _options.CrossesMounts).Read(cancellation))
        {
            if (hidden is not null && item.Path.IsBelow(hidden))
                continue;
            hidden = null;
            if (!item.Path.IsRoot && _options.Excludes?.Invoke(item.Path) == true)
            {
                hidden = item.Path;
                _skipped.Add(item.Path.Bytes.ToArray());
                continue;
            }
            Write(item, cancellation);
        }
        _writer.Complete();
    }

    private void Write(FileTreeItem item, CancellationToken cancellation)
    {
        if (item.Status.Type == (uint)LibC.S_IFSOCK)
            return;
        if (_options.IsOverlay && IsWhiteout(item.Status))
        {
            WriteMark(Whiteout(item.Path));
            return;
        }
        IReadOnlyList<FileAttribute> attributes = item.ReadAttributes();
        if (!item.Path.IsRoot || _options.HasRootEntry)
            WriteEntry(item, MetadataOf(item, [.. attributes.Where(IsOfTheImage)]), cancellation);
        if (_options.IsOverlay && item.Status.IsDirectory && attributes.Any(IsOpaque))
            WriteMark(item.Path.Append(".wh..wh..opq"u8));
    }

    private void WriteEntry(FileTreeItem item, in FileMetadata metadata, CancellationToken cancellation)
    {
        bool isLink = item.HardLinkTo is { } first && !_skipped.Contains(first.Bytes.ToArray());
        TarEntry entry = new()
        {
            Name = item.Path.IsRoot ? "./"u8.ToArray() : item.Path.Bytes.ToArray(),
            Type = isLink ? TarEntryType.HardLink : TypeOf(item.Status.Type),
            LinkName = isLink ? item.HardLinkTo!.Bytes.ToArray() : item.Status.IsSymbolicLink ? item.LinkText : [],
            // A link is a name and nothing else: what it names has said the rest.
            Metadata = isLink ? metadata with { Attributes = [] } : metadata,
            StoredSize = item.Status.IsRegular && !isLink ? item.Status.Size : 0,
            Size = item.Status.Size,
            DeviceMajor = item.Status.DeviceMajor,
            DeviceMinor = item.Status.DeviceMinor,
            Offset = 0,
        };
        _writer.Begin(entry);
        if (entry.StoredSize > 0)
            WriteContent(item, entry.StoredSize, cancellation);
    }

    private void WriteContent(FileTreeItem item, long size, CancellationToken cancellation)
    {
        StandIn? standIn = _options.StandIns?.Find(item.Status);
        using SafeFileHandle file = standIn?.Take() ?? item.OpenContent();
        for (long offset = 0; offset < size;)
        {
            cancellation.ThrowIfCancellationRequested();
            int read = RandomAccess.Read(file, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, size - offset)), offset);
            if (read == 0)
            {
                throw new NsToolsException(
                    FailureKind.InvalidState, "FileChanged", $"The file '/{item}' has become shorter while it was read.", "Stop or suspend what writes to it, and try again.");
            }
            _writer.WriteContent(_buffer.AsSpan(0, read));
            standIn?.Hash(_buffer.AsSpan(0, read), isLast: offset + read == size);
            offset += read;
            _options.Progress?.Invoke(read);
        }
    }

    private FileMetadata MetadataOf(FileTreeItem item, IReadOnlyList<FileAttribute> attributes)
    {
        FileMetadata metadata = item.MetadataWith(attributes);
        return metadata with
        {
            UserId = Map(metadata.UserId, _options.UidMappings, item),
            GroupId = Map(metadata.GroupId, _options.GidMappings, item),
            Mode = item.Status.IsSymbolicLink ? (ushort)0b111_111_111 : metadata.Mode,
            ModifiedSeconds = _options.LatestTime is { } latest ? Math.Min(metadata.ModifiedSeconds, latest.ToUnixTimeSeconds()) : metadata.ModifiedSeconds,
            ModifiedNanoseconds = 0,
        };
    }

    // Owner, mode and time of a whiteout mean nothing: none, so that they make no difference.
    private void WriteMark(RelativePath path) => _writer.Begin(new TarEntry
    {
        Name = path.Bytes.ToArray(),
        Type = TarEntryType.File,
        LinkName = [],
        Metadata = new FileMetadata { UserId = 0, GroupId = 0, Mode = 0, ModifiedSeconds = 0, ModifiedNanoseconds = 0, Attributes = [] },
        StoredSize = 0,
        Size = 0,
        Offset = 0,
    });

    private static RelativePath Whiteout(RelativePath path) => path.ParentPath.Append([.. ".wh."u8, .. path.Name]);

    // Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories".
    private static bool IsWhiteout(in FileStatus status) => status.Type == (uint)LibC.S_IFCHR && status is { DeviceMajor: 0, DeviceMinor: 0 };

    private static bool IsOpaque(FileAttribute attribute) =>
        attribute.Value is [(byte)'y'] && (attribute.TerminatedName.AsSpan().SequenceEqual("trusted.overlay.opaque\0"u8) || attribute.TerminatedName.AsSpan().SequenceEqual("user.overlay.opaque\0"u8));

    // Labels and checksums are the host's, and so is what only its root can see (xattr(7), "Trusted extended attributes").
    private static bool IsOfTheImage(FileAttribute attribute)
    {
        ReadOnlySpan<byte> name = attribute.TerminatedName;
        return (name.StartsWith("user."u8) && !name.StartsWith("user.overlay."u8))
            || name.SequenceEqual("security.capability\0"u8)
            || name.StartsWith("system.posix_acl_"u8);
    }

    private static TarEntryType TypeOf(uint type) => type switch
    {
        _ when type == (uint)LibC.S_IFDIR => TarEntryType.Directory,
        _ when type == (uint)LibC.S_IFLNK => TarEntryType.SymbolicLink,
        _ when type == (uint)LibC.S_IFCHR => TarEntryType.CharacterDevice,
        _ when type == (uint)LibC.S_IFBLK => TarEntryType.BlockDevice,
        _ when type == (uint)LibC.S_IFIFO => TarEntryType.Fifo,
        _ => TarEntryType.File,
    };

    private static uint Map(uint id, IReadOnlyList<IdMapping> maps, FileTreeItem item)
    {
        if (maps.Count == 0)
            return id;
        IdMapping? map = maps.FirstOrDefault(m => id >= m.HostId && id - m.HostId < m.Size);
        return map is not null
            ? map.ContainerId + (id - map.HostId)
            : throw new NsToolsException(FailureKind.InvalidData, "OwnerNotMapped", $"The file '/{item}' belongs to {id}, which is nobody in the container.", "Give it to an owner that the container's user namespace has.");
    }
}
