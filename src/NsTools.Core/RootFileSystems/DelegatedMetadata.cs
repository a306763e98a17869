using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems.Archives;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>
/// Writes all metadata down and has <c>nsrun own</c> set it at the end, in a user namespace with the user's
/// subordinate IDs: an ordinary user can give no file away, and what is given away it can no longer change.
/// </summary>
/// <param name="tool">The user namespace.</param>
/// <param name="directory">Path of the tree while it is in the making.</param>
/// <param name="warning">Called with one summary of what could not be set.</param>
internal sealed class DelegatedMetadata(UserNamespaceTool tool, string directory, Action<string>? warning) : IMetadataPolicy, IDisposable
{
    // On disk, not in memory: it grows with the archive.
    private readonly FileStream _records = new(
        $"{directory}.metadata", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, 256 * 1024, FileOptions.DeleteOnClose);

    private BinaryWriter? _writer;

    /// <inheritdoc/>
    public void SetFile(SafeFileHandle file, RelativePath path, in FileMetadata metadata) =>
        Add(path, (uint)LibC.S_IFREG, FileIdentity.Of(file), metadata);

    /// <inheritdoc/>
    public void Set(DirectoryCache directories, RelativePath path, TarEntryType type, in FileMetadata metadata) =>
        Add(path, TypeOf(type), FileIdentity.At(path.IsRoot ? directories.Root : directories.ExistingParentOf(path), path), metadata);

    /// <inheritdoc/>
    public void Forget(RelativePath path)
    {
        // Every record says of which inode it is: that of what is gone will find none.
    }

    /// <inheritdoc/>
    public void Complete(DirectoryCache directories, CancellationToken cancellation)
    {
        _writer?.Flush();
        string unsupported = tool.Run(directory, ["own"], _records, cancellation);
        var attributes = unsupported.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')[0]).CountBy(name => name).ToList();
        if (attributes.Count > 0)
        {
            warning?.Invoke(
                $"Extended attributes were not set, because the file system or your rights do not allow it: {string.Join(", ", attributes.Select(a => $"{a.Key} ({a.Value})"))}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer?.Dispose();
        _records.Dispose();
    }

    private void Add(RelativePath path, uint type, ulong inode, in FileMetadata metadata)
    {
        _writer ??= new BinaryWriter(_records, System.Text.Encoding.UTF8, leaveOpen: true);
        new MetadataRecord(path, type, inode, metadata).Write(_writer);
    }

    private static uint TypeOf(TarEntryType type) => (uint)(type switch
    {
        TarEntryType.Directory => LibC.S_IFDIR,
        TarEntryType.SymbolicLink => LibC.S_IFLNK,
        TarEntryType.Fifo => LibC.S_IFIFO,
        TarEntryType.CharacterDevice => LibC.S_IFCHR,
        TarEntryType.BlockDevice => LibC.S_IFBLK,
        _ => LibC.S_IFREG,
    });
}
