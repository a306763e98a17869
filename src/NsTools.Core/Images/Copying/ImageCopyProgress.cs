using System.Collections.Concurrent;

namespace NsTools.Images.Copying;

/// <summary>How far a copy has come; may be read from any thread while it runs.</summary>
public sealed class ImageCopyProgress
{
    private readonly ConcurrentDictionary<Digest, BlobProgress> _active = new();
    private long _total;
    private long _done;

    /// <summary>Bytes of all blobs that are known of.</summary>
    public long TotalBytes => Interlocked.Read(ref _total);

    /// <summary>Bytes that are there.</summary>
    public long DoneBytes => Math.Min(TotalBytes, Interlocked.Read(ref _done) + _active.Values.Sum(b => b.Bytes));

    /// <summary>The blobs that are being copied.</summary>
    public IReadOnlyList<BlobProgress> Active => [.. _active.Values];

    internal void Expect(long bytes) => Interlocked.Add(ref _total, bytes);

    internal BlobProgress Begin(ImageDescriptor blob) => _active.GetOrAdd(blob.Digest, static (_, b) => new BlobProgress(b), blob);

    internal void End(ImageDescriptor blob)
    {
        _active.TryRemove(blob.Digest, out _);
        Interlocked.Add(ref _done, blob.Size);
    }
}
