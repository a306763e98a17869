using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems.Archives;

namespace NsTools.RootFileSystems;

/// <summary>
/// Sets metadata at once, as the caller. Only directories wait for the end: making files in them changes their times,
/// and a mode may forbid it.
/// </summary>
/// <param name="setsOwner">True for root, who can give files away.</param>
/// <param name="warning">Called with one summary of what could not be set.</param>
/// <param name="clearsAttributes">True where directories may have been there before, with attributes of their own.</param>
/// <param name="mayInherit">True where directories that were there before may give new files their group (inode(7), S_ISGID).</param>
internal sealed class DirectMetadata(bool setsOwner, Action<string>? warning, bool clearsAttributes = false, bool mayInherit = false) : IMetadataPolicy
{
    // The last entry of a name counts.
    private readonly Dictionary<byte[], (RelativePath Path, FileMetadata Metadata)> _waiting = new(ByteStringComparer.Instance);
    private readonly UnsupportedAttributes _unsupported = new();
    private MetadataWriter? _writer;

    private MetadataWriter Writer => _writer ??= new MetadataWriter(setsOwner, _unsupported.Add, clearsAttributes);

    /// <inheritdoc/>
    public void SetFile(SafeFileHandle file, RelativePath path, in FileMetadata metadata) =>
        Writer.Apply(file, path, metadata, isNew: !mayInherit);

    /// <inheritdoc/>
    public void Set(DirectoryCache directories, RelativePath path, TarEntryType type, in FileMetadata metadata)
    {
        if (type == TarEntryType.Directory)
            _waiting[path.Bytes.ToArray()] = (path, metadata);
        else
            Writer.ApplyAt(directories.ExistingParentOf(path), path, metadata, type == TarEntryType.SymbolicLink, isNew: !mayInherit);
    }

    /// <inheritdoc/>
    public void Forget(RelativePath path)
    {
        foreach ((byte[] key, (RelativePath waiting, _)) in _waiting)
        {
            if (waiting.IsBelow(path) || waiting.Bytes.SequenceEqual(path.Bytes))
                _waiting.Remove(key);
        }
    }

    /// <inheritdoc/>
    public void Complete(DirectoryCache directories, CancellationToken cancellation)
    {
        // The deepest come first, since an ordinary user cannot reach what is below a directory without rights.
        foreach ((RelativePath path, FileMetadata metadata) in _waiting.Values.OrderByDescending(d => d.Path.Depth))
        {
            cancellation.ThrowIfCancellationRequested();
            Writer.ApplyToDirectory(directories, path, metadata);
        }
        _waiting.Clear();
        _unsupported.Report(warning);
    }
}
