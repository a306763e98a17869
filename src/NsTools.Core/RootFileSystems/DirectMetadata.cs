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
internal sealed class DirectMetadata(bool setsOwner, Action<string>? warning) : IMetadataPolicy
{
    private readonly List<(RelativePath Path, FileMetadata Metadata)> _waiting = [];
    private readonly UnsupportedAttributes _unsupported = new();
    private MetadataWriter? _writer;

    private MetadataWriter Writer => _writer ??= new MetadataWriter(setsOwner, _unsupported.Add);

    /// <inheritdoc/>
    public void SetFile(SafeFileHandle file, RelativePath path, in FileMetadata metadata) =>
        Writer.Apply(file, path, metadata, isNew: true);

    /// <inheritdoc/>
    public void Set(DirectoryCache directories, RelativePath path, TarEntryType type, in FileMetadata metadata)
    {
        if (type == TarEntryType.Directory)
            _waiting.Add((path, metadata));
        else
            Writer.ApplyAt(directories.ExistingParentOf(path), path, metadata, type == TarEntryType.SymbolicLink, isNew: true);
    }

    /// <inheritdoc/>
    public void Complete(DirectoryCache directories, CancellationToken cancellation)
    {
        // The last entry of a name counts; and the deepest come first, since an ordinary user cannot reach what is
        // below a directory without rights.
        var last = new Dictionary<string, (RelativePath Path, FileMetadata Metadata)>();
        foreach ((RelativePath path, FileMetadata metadata) in _waiting)
            last[System.Text.Encoding.Latin1.GetString(path.Bytes)] = (path, metadata);
        foreach ((RelativePath path, FileMetadata metadata) in last.Values.OrderByDescending(d => d.Path.Depth))
        {
            cancellation.ThrowIfCancellationRequested();
            Writer.ApplyToDirectory(directories, path, metadata);
        }
        _unsupported.Report(warning);
    }
}
