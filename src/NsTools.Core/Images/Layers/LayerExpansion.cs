using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.Images.Layers;

/// <summary>
/// Applies an image's layers to one directory, the lowest first (OCI image-spec, layer.md, "Applying Changesets").
/// Nothing that a layer says is believed: a name is resolved as after <c>chroot(2)</c>, through links that an earlier
/// layer may have put there, and then used without any link in it.
/// </summary>
internal sealed class LayerExpansion : IDisposable
{
    private readonly SafeFileHandle _root;
    private readonly IMetadataPolicy _metadata;
    private readonly ExpansionOptions _options;
    private readonly ExpansionTotals _totals;
    private readonly CancellationToken _cancellation;
    private readonly DirectoryCache _directories;
    private readonly InRootPaths _paths;
    private readonly TreeWriter _tree;
    private readonly TouchedPaths _touched = new();
    private readonly Dictionary<byte[], (RelativePath Path, (long, long) Modified)>? _modified;
    private bool _hasLower;

    /// <summary>Prepares an expansion.</summary>
    /// <param name="root">The directory; not owned.</param>
    /// <param name="hasLower">True when it has the content of lower layers already.</param>
    /// <param name="metadata">Who sets owners, modes and times, and when; not owned.</param>
    /// <param name="options">How.</param>
    /// <param name="totals">Counts what is made.</param>
    /// <param name="cancellation">Ends it.</param>
    public LayerExpansion(
        SafeFileHandle root, bool hasLower, IMetadataPolicy metadata, ExpansionOptions options, ExpansionTotals totals, CancellationToken cancellation)
    {
        (_root, _hasLower, _metadata, _options, _totals, _cancellation) = (root, hasLower, metadata, options, totals, cancellation);
        // What a layer below has set is not known here: a directory is given back its time when this layer has no entry for it.
        _modified = hasLower ? new(ByteStringComparer.Instance) : null;
        _directories = new DirectoryCache(root);
        _paths = new InRootPaths(root);
        _tree = new TreeWriter(_directories, replacesTrees: true)
        {
            Removed = path =>
            {
                _paths.Invalidate();
                _metadata.Forget(path);
            },
        };
    }

    /// <summary>Whether a layer had an entry for the directory itself.</summary>
    public bool HasRootEntry { get; private set; }

    /// <summary>Applies the next layer.</summary>
    /// <param name="layer">It.</param>
    /// <exception cref="NsToolsException">It is damaged or hostile, or a limit was passed.</exception>
    /// <exception cref="SyscallException">A file could not be made or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Apply(LayerContent layer)
    {
        if (layer.Archive is not { } content)
            return;
        var reader = new TarArchiveReader(content, isVerified: true);
        var maker = new EntryMaker(layer.Name, content, _directories, _tree, _metadata, _options, _totals, _cancellation);
        while (reader.Next() is { } entry)
        {
            _cancellation.ThrowIfCancellationRequested();
            maker.ReportProgress(entry);
            Apply(maker, reader, content, entry);
        }
        _hasLower = true;
        _touched.Clear();
    }

    /// <summary>Sets what had to wait until all layers were applied.</summary>
    public void Complete()
    {
        foreach ((RelativePath path, (long, long) modified) in _modified?.Values.AsEnumerable() ?? [])
            DirectoryMetadata.SetModified(_directories, path, modified);
        _metadata.Complete(_directories, _cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _directories.Dispose();

    private void Apply(EntryMaker maker, TarArchiveReader reader, ArchiveContent content, TarEntry entry)
    {
        RelativePath path = PathOf(maker, entry, entry.Name, "is named");
        LayerEntryKind kind = WhiteoutName.Classify(path, out RelativePath hidden);
        switch (kind)
        {
            case LayerEntryKind.Ignored:
                return;
            case LayerEntryKind.Invalid:
                throw content.Invalid("WhiteoutInvalid", $"the whiteout '{entry}' hides nothing that can be hidden: the image is refused", entry.Offset);
            case LayerEntryKind.Whiteout or LayerEntryKind.OpaqueWhiteout:
                if (_hasLower && Resolve(maker, content, entry, hidden, create: false) is { } lower)
                    Hide(lower, isOpaque: kind == LayerEntryKind.OpaqueWhiteout);
                return;
        }
        RelativePath real = Resolve(maker, content, entry, path, create: true)!;
        RelativePath? existing = null;
        if (entry.Type == TarEntryType.HardLink)
        {
            RelativePath link = PathOf(maker, entry, entry.LinkName, "is a hard link to");
            existing = Resolve(maker, content, entry, link, create: false)
                ?? throw content.Invalid("ArchiveEntryInvalid", $"the entry '{entry}' is a hard link to '{link}', which is neither before it nor in a lower layer", entry.Offset);
        }
        NoteTime(real);
        HasRootEntry |= real.IsRoot && entry.Type == TarEntryType.Directory;
        maker.Make(reader, WithoutOverlayMarks(entry), real, existing);
        if (_hasLower)
            _touched.Add(real);
    }

    // Some builders write absolute names; they mean the image's root, as they do to every other tool.
    private static RelativePath PathOf(EntryMaker maker, TarEntry entry, byte[] name, string relation)
    {
        int start = name.AsSpan().IndexOfAnyExcept((byte)'/');
        return start switch
        {
            0 => maker.PathOf(entry, name, relation),
            < 0 when name.Length > 0 => RelativePath.Root,
            < 0 => maker.PathOf(entry, name, relation),
            _ => maker.PathOf(entry, name[start..], relation),
        };
    }

    private RelativePath? Resolve(EntryMaker maker, ArchiveContent content, TarEntry entry, RelativePath path, bool create)
    {
        try
        {
            return _paths.Resolve(path, create);
        }
        catch (SyscallException exception) when (exception.Name is "ENOENT" or "ELOOP" or "EXDEV")
        {
            throw maker.Escape(entry, "leads through a symbolic link to nothing inside the image", exception);
        }
        catch (SyscallException exception) when (exception.Name == "ENOTDIR" && !create)
        {
            return null;
        }
        catch (SyscallException exception) when (exception.Name is "ENOTDIR" or "ENAMETOOLONG")
        {
            throw content.Invalid("ArchiveEntryInvalid", $"the entry '{entry}' cannot be made ({exception.Message.TrimEnd('.')})", entry.Offset);
        }
    }

    // What this layer itself has made stays, and the directories on its way.
    private void Hide(RelativePath path, bool isOpaque)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (!isOpaque && !_touched.Contains(path))
        {
            Remove(path);
            return;
        }
        using SafeFileHandle? directory = OpenDirectory(path);
        if (directory is null)
            return;
        foreach (byte[] name in DirectoryListing.Read(directory))
            Hide(path.Append(name.AsSpan(0, name.Length - 1)), isOpaque: false);
    }

    // Before something is made or removed in a directory for the first time.
    private void NoteTime(RelativePath path)
    {
        if (_modified is null || path.IsRoot || _modified.GetAlternateLookup<ReadOnlySpan<byte>>().ContainsKey(path.Parent))
            return;
        RelativePath directory = path.ParentPath;
        _modified[path.Parent.ToArray()] = (directory, DirectoryMetadata.GetModified(_directories.ExistingParentOf(path)));
    }

    private void Remove(RelativePath path)
    {
        try
        {
            NoteTime(path);
            _tree.Remove(path, _cancellation);
        }
        catch (SyscallException exception) when (exception.Name is "ENOENT" or "ENOTDIR")
        {
            // Its directory is gone as well: layers hide things that another whiteout has hidden already.
        }
    }

    private SafeFileHandle? OpenDirectory(RelativePath path)
    {
        int flags = LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW;
        int error = OpenAt2.TryOpen(_root, path.IsRoot ? ".\0"u8 : path.Terminated, flags, ResolveFlags.Beneath | ResolveFlags.NoSymlinks, 0, out SafeFileHandle? handle);
        return handle is not null || error == LibC.ENOENT || error == LibC.ENOTDIR || error == LibC.ELOOP
            ? handle
            : throw new SyscallException("openat2", error, path.ToString());
    }

    // An overlay would take them for its own (Documentation/filesystems/overlayfs.rst); no image has a use for them.
    private static TarEntry WithoutOverlayMarks(TarEntry entry)
    {
        IReadOnlyList<FileAttribute> attributes = entry.Metadata.Attributes;
        return attributes.Any(IsOverlayMark)
            ? entry with { Metadata = entry.Metadata with { Attributes = [.. attributes.Where(a => !IsOverlayMark(a))] } }
            : entry;
    }

    private static bool IsOverlayMark(FileAttribute attribute) =>
        attribute.TerminatedName.AsSpan().StartsWith("trusted.overlay."u8) || attribute.TerminatedName.AsSpan().StartsWith("user.overlay."u8);
}
