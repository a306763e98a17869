namespace NsTools.Images.Copying;

/// <summary>How far one blob has come.</summary>
/// <param name="blob">The blob.</param>
public sealed class BlobProgress(ImageDescriptor blob)
{
    private long _bytes;

    /// <summary>The blob.</summary>
    public ImageDescriptor Blob { get; } = blob;

    /// <summary>Bytes of it that came over.</summary>
    public long Bytes => Math.Min(Blob.Size, Interlocked.Read(ref _bytes));

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
