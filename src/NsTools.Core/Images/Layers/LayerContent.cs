using System.Security.Cryptography;
using NsTools.RootFileSystems.Archives;

namespace NsTools.Images.Layers;

/// <summary>
/// A layer's tar archive, being read and decompressed ahead of its use. Both digests are checked as the bytes pass: the
/// blob's and that of the archive in it (the diff ID). What does not agree fails when its end is reached, so nothing
/// that was made of it may be shown before.
/// </summary>
internal sealed class LayerContent : IContentObserver, IDisposable
{
    // gzip cannot do better than 1:1032; what is beyond both of these is a decompression bomb rather than a layer.
    private const long PlausibleSize = 1L << 30;
    private const int PlausibleRatio = 200;

    private readonly ImageLayer _layer;
    private readonly IncrementalHash? _hash;
    private readonly long _maximum;
    private readonly bool _isOwnLimit;
    private long _length;

    private LayerContent(ImageLayer layer, long? maximumSize)
    {
        _layer = layer;
        _hash = layer.DiffId?.CreateHash();
        _isOwnLimit = maximumSize is not null;
        // Headers and padding come on top of the files' own bytes: that many bytes are never more than so many files.
        _maximum = maximumSize is { } maximum ? Math.Max(maximum, maximum + PlausibleSize) : PlausibleSizeOf(layer);
    }

    /// <summary>The decompressed archive; null for a blob without any byte, which some tools make of an empty layer.</summary>
    public ArchiveContent? Archive { get; private set; }

    /// <summary>What errors call the layer.</summary>
    public string Name => NameOf(_layer);

    /// <summary>Opens a layer and begins to read it.</summary>
    /// <param name="layer">Which.</param>
    /// <param name="blob">Its blob; owned.</param>
    /// <param name="maximumSize">How many bytes its files may have; null for what is plausible for such a blob.</param>
    /// <param name="cancellation">Ends all waiting.</param>
    /// <exception cref="NsToolsException">It cannot be a layer.</exception>
    public static LayerContent Open(ImageLayer layer, Stream blob, long? maximumSize, CancellationToken cancellation)
    {
        var content = new LayerContent(layer, maximumSize);
        try
        {
            var descriptor = new ImageDescriptor { MediaType = layer.MediaType, Digest = layer.Digest, Size = layer.Size };
            var verified = new VerifyingStream(blob, descriptor, content.Name);
            if (layer.Size == 0)
            {
                using (verified)
                    verified.ReadByte();
                content.End();
            }
            else
            {
                content.Archive = ArchiveContent.Open(verified, content.Name, layer.Size, content, cancellation);
            }
            return content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <summary>What errors call a layer.</summary>
    public static string NameOf(ImageLayer layer) => $"layer {layer.Digest}";

    /// <summary>How many bytes a layer may decompress to when nothing else is said.</summary>
    public static long PlausibleSizeOf(ImageLayer layer) =>
        layer.Size > long.MaxValue / PlausibleRatio ? long.MaxValue : Math.Max(PlausibleSize, layer.Size * PlausibleRatio);

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<byte> part)
    {
        _length += part.Length;
        if (_length > _maximum)
        {
            throw new NsToolsException(
                FailureKind.LimitExceeded,
                "LayerTooLarge",
                _isOwnLimit
                    ? $"'{Name}' has more than {_maximum:N0} bytes when it is decompressed, more than its files may have. Nothing of it is left."
                    : $"'{Name}' has {_layer.Size:N0} bytes and more than {_maximum:N0} when it is decompressed: that is a decompression bomb rather than a layer. Nothing of it is left.",
                "If the image is to be trusted, say with -MaximumSize how large it may be.");
        }
        _hash?.AppendData(part);
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_hash is null || _layer.DiffId!.Matches(_hash))
            return;
        throw new NsToolsException(
            FailureKind.InvalidData,
            "DiffIdMismatch",
            $"'{Name}' does not hold what the image's configuration says: its decompressed content has another digest than {_layer.DiffId}.",
            "The image was made wrongly or tampered with: get it from another source.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // First the thread that hashes.
        Archive?.Dispose();
        _hash?.Dispose();
    }
}
