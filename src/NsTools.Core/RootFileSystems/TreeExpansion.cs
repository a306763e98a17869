using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems.Archives;

namespace NsTools.RootFileSystems;

/// <summary>
/// Makes what the entries of one archive say, below one directory. Nothing that an archive says is believed: names
/// are resolved by <see cref="DirectoryCache"/>'s rules, so that no entry can reach anything outside.
/// </summary>
internal sealed class TreeExpansion : IDisposable
{
    private readonly string _archive;
    private readonly ArchiveContent _content;
    private readonly ExpansionOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly DirectoryCache _directories;
    private readonly IMetadataPolicy _metadata;
    private readonly EntryMaker _maker;
    private readonly ExpansionTotals _totals;

    /// <summary>Prepares an expansion.</summary>
    /// <param name="archive">Path of the archive, for messages.</param>
    /// <param name="content">The archive's content.</param>
    /// <param name="root">The directory; not owned.</param>
    /// <param name="metadata">Who sets owners, modes and times, and when; not owned.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it.</param>
    public TreeExpansion(
        string archive, ArchiveContent content, SafeFileHandle root, IMetadataPolicy metadata, ExpansionOptions options, CancellationToken cancellation)
    {
        _archive = archive;
        _content = content;
        _options = options;
        _cancellation = cancellation;
        _metadata = metadata;
        _directories = new DirectoryCache(root);
        _totals = new ExpansionTotals { MaximumSize = options.MaximumSize };
        _maker = new EntryMaker(archive, content, _directories, new TreeWriter(_directories), metadata, options, _totals, cancellation);
    }

    /// <summary>Bytes of all files, holes counted.</summary>
    public long Size => _totals.Size;

    /// <summary>Whether the archive has an entry for the directory itself, <c>./</c>.</summary>
    public bool HasRootEntry { get; private set; }

    /// <summary>Makes everything; the last metadata are set by <see cref="IMetadataPolicy.Complete"/>.</summary>
    /// <exception cref="NsToolsException">The archive is damaged or hostile, or a limit was passed.</exception>
    /// <exception cref="SyscallException">A file could not be made or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run()
    {
        var reader = new TarArchiveReader(_content);
        while (reader.Next() is { } entry)
        {
            _cancellation.ThrowIfCancellationRequested();
            _maker.ReportProgress(entry);
            RelativePath path = _maker.PathOf(entry, entry.Name, "is named");
            HasRootEntry |= entry.Type == TarEntryType.Directory && path.IsRoot;
            _maker.Make(reader, entry, path, entry.Type == TarEntryType.HardLink ? _maker.PathOf(entry, entry.LinkName, "is a hard link to") : null);
        }
        if (_totals.DevicesSkipped > 0)
            _options.Warning?.Invoke($"'{_archive}': {_totals.DevicesSkipped} device nodes were left out.");
        _metadata.Complete(_directories, _cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _directories.Dispose();
}
