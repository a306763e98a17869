using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems;

namespace NsTools.Builds.Contexts;

/// <summary>
/// What the sources of a step are known by. Contents of large files come into it last: they need not be read twice where
/// nobody asks for it before they are copied.
/// </summary>
internal sealed class SourceFingerprint : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<LargeContent> _large = [];
    private readonly Dictionary<FileStatus, LargeContent> _byStatus = [];
    private byte[]? _buffer;

    /// <summary>What it comes to without the contents of large files: where it differs, all of it does.</summary>
    public string Outline => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>True when no content is missing.</summary>
    public bool IsComplete => _large.TrueForAll(content => content.Hash is not null);

    /// <summary>How many bytes large files have.</summary>
    public long LargeSize => _large.Sum(content => content.Status.Size);

    /// <summary>What all of it comes to.</summary>
    /// <exception cref="InvalidOperationException">A content is missing.</exception>
    public string Value
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(_hash.GetCurrentHash());
            foreach (LargeContent content in _large)
                hash.AppendData(content.Hash ?? throw new InvalidOperationException($"The content of '{content.Path}' is not known."));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Takes bytes.</summary>
    /// <param name="part">The bytes.</param>
    public void Add(ReadOnlySpan<byte> part) => _hash.AppendData(part);

    /// <summary>Takes the content of a regular file, now or later.</summary>
    /// <param name="source">The source that it belongs to.</param>
    /// <param name="item">The file.</param>
    /// <param name="cancellation">Ends it.</param>
    public void AddContent(SelectedSource source, FileTreeItem item, CancellationToken cancellation)
    {
        if (LargeContent.IsLarge(item.Status))
        {
            LargeContent large = new(source, item.Path, item.Status);
            _large.Add(large);
            _byStatus[item.Status] = large;
            return;
        }
        using SafeFileHandle file = item.OpenContent();
        Read(file, _hash, cancellation);
    }

    /// <summary>The large file of a status; null where there is none.</summary>
    /// <param name="status">The status.</param>
    public LargeContent? Find(in FileStatus status) => _byStatus.GetValueOrDefault(status);

    /// <summary>Takes what is known of contents that have not changed since they were read last.</summary>
    /// <param name="memory">Knows.</param>
    public void Recall(ContentMemory memory)
    {
        foreach (LargeContent content in _large)
            content.Hash ??= memory.Find(content.Status);
    }

    /// <summary>Reads the contents that are missing.</summary>
    /// <param name="selection">Has them.</param>
    /// <param name="memory">Keeps their hashes.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Complete(SourceSelection selection, ContentMemory memory, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (LargeContent content in _large.Where(content => content.Hash is null))
        {
            using SafeFileHandle file = selection.OpenContent(content.Source, content.Path);
            Read(file, hash, cancellation);
            content.Hash = hash.GetHashAndReset();
            memory.Add(content.Status, FileStatus.Of(file), content.Hash);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Read(SafeFileHandle file, IncrementalHash hash, CancellationToken cancellation)
    {
        _buffer ??= GC.AllocateUninitializedArray<byte>(BufferSize);
        for (long offset = 0; RandomAccess.Read(file, _buffer, offset) is > 0 and int read; offset += read)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(_buffer, 0, read);
        }
    }
}

/// <summary>A file whose content takes time to read.</summary>
/// <param name="source">The source that it belongs to.</param>
/// <param name="path">Its path in it.</param>
/// <param name="status">What its inode said.</param>
internal sealed class LargeContent(SelectedSource source, RelativePath path, FileStatus status)
{
    private const long Least = 1 << 20;

    /// <summary>The source that it belongs to.</summary>
    public SelectedSource Source => source;

    /// <summary>Its path in the source; the root for the source itself.</summary>
    public RelativePath Path => path;

    /// <summary>What its inode said when it was found.</summary>
    public FileStatus Status => status;

    /// <summary>SHA-256 hash of the content; null while it is not known.</summary>
    public byte[]? Hash { get; set; }

    /// <summary>True for a file that is one.</summary>
    /// <param name="status">The file's status.</param>
    public static bool IsLarge(in FileStatus status) => status is { IsRegular: true, Size: >= Least };
}
