using NsTools.Images.Archives;
using NsTools.Interop.FileSystems;

namespace NsTools.Images.Directories;

/// <summary>
/// Writes an image into a directory, in place of one that is there: its manifest is replaced last, and what only the old
/// one had is then removed.
/// </summary>
internal sealed class DirectoryDestination : IImageDestination
{
    private const string Partial = ".partial";
    private readonly string _path;
    private readonly bool _isNew;
    private readonly HashSet<string> _files = new(StringComparer.Ordinal) { DirectoryImage.VersionFile, DirectoryImage.ManifestFile };
    private ManifestContent? _named;
    private bool _isDone;

    /// <summary>Opens a directory, made where there is none.</summary>
    /// <param name="reference">What is to be written.</param>
    /// <exception cref="NsToolsException">It has something else in it (<c>DestinationNotEmpty</c>).</exception>
    public DirectoryDestination(ImageReference reference)
    {
        Reference = reference;
        _path = reference.Path!;
        _isNew = !Directory.Exists(_path);
        Directory.CreateDirectory(_path);
        if (!File.Exists(Path.Join(_path, DirectoryImage.VersionFile)) && Directory.EnumerateFileSystemEntries(_path).Any(entry => !entry.EndsWith(Partial, StringComparison.Ordinal)))
        {
            throw new NsToolsException(
                FailureKind.AlreadyExists, "DestinationNotEmpty", $"'{_path}' has files in it and is no image of the transport dir:.", "Name a new or an empty directory.");
        }
    }

    /// <inheritdoc/>
    public ImageReference Reference { get; }

    /// <inheritdoc/>
    public bool WantsPlainLayers => false;

    /// <inheritdoc/>
    public bool Accepts(string mediaType) => true;

    /// <inheritdoc/>
    public Task<bool> HasBlobAsync(ImageDescriptor blob, CancellationToken cancellation)
    {
        string name = DirectoryImage.BlobFile(blob.Digest);
        bool isThere = new FileInfo(Path.Join(_path, name)) is { Exists: true } file && file.Length == blob.Size;
        if (isThere)
            Note(name);
        return Task.FromResult(isThere);
    }

    /// <inheritdoc/>
    public async Task<long> PutBlobAsync(ImageDescriptor blob, BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        string name = DirectoryImage.BlobFile(blob.Digest), path = Path.Join(_path, name), temporary = $"{path}.{Guid.NewGuid().ToString("N")[..8]}{Partial}";
        try
        {
            using (var content = new VerifyingStream(await open(0, cancellation).ConfigureAwait(false), blob, Reference.ToString()))
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                byte[] buffer = GC.AllocateUninitializedArray<byte>(1 << 18);
                long written = 0;
                while (await content.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and int read)
                {
                    FileContent.Write(file.SafeFileHandle, buffer.AsSpan(0, read), written, temporary);
                    written += read;
                    onProgress?.Invoke(read);
                }
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
        Note(name);
        return blob.Size;
    }

    /// <inheritdoc/>
    public Task<ImageDescriptor> PutNewBlobAsync(Stream content, string mediaType, CancellationToken cancellation) =>
        NewBlob.PutAsync(this, content, mediaType, cancellation);

    /// <inheritdoc/>
    public Task PutManifestAsync(ManifestContent manifest, bool isNamed, CancellationToken cancellation)
    {
        if (isNamed)
        {
            _named = manifest;
            return Task.CompletedTask;
        }
        string name = DirectoryImage.InstanceFile(manifest.Digest);
        AtomicFile.Write(Path.Join(_path, name), manifest.Bytes);
        Note(name);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellation)
    {
        AtomicFile.Write(Path.Join(_path, DirectoryImage.VersionFile), DirectoryImage.Version);
        if (_named is not null)
            AtomicFile.Write(Path.Join(_path, DirectoryImage.ManifestFile), _named.Bytes);
        foreach (string path in Directory.EnumerateFiles(_path))
        {
            string name = Path.GetFileName(path);
            if (!_files.Contains(name) && DirectoryImage.IsOwnFile(name))
                File.Delete(path);
        }
        _isDone = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // A directory of an earlier image keeps what has come: the next try finds it.
        if (!_isDone && _isNew)
            Directory.Delete(_path, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void Note(string name)
    {
        lock (_files)
            _files.Add(name);
    }
}
