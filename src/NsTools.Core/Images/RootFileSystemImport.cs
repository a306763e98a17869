using System.Security.Cryptography;
using NsTools.Images.Layers;
using NsTools.RootFileSystems.Archives;

namespace NsTools.Images;

/// <summary>Makes an image of one layer out of a tar archive of a root file system, as <c>podman import</c> does.</summary>
public static class RootFileSystemImport
{
    /// <summary>Makes the image. The archive is the layer, compressed as it is.</summary>
    /// <param name="path">Absolute path of the archive: plain, gzip or zstd.</param>
    /// <param name="destination">Where the image is written to.</param>
    /// <param name="comment">What its history says; null for nothing.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Digest of its manifest.</returns>
    /// <exception cref="NsToolsException">It is no tar archive, damaged, or compressed with something that a layer may not be.</exception>
    public static async Task<Digest> ImportAsync(string path, IImageDestination destination, string? comment, CancellationToken cancellation)
    {
        (string mediaType, Digest diffId) = Check(path, cancellation);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        ImageDescriptor layer = await destination.PutNewBlobAsync(file, mediaType, cancellation).ConfigureAwait(false);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var config = new ImageConfig
        {
            Created = now,
            Os = ImagePlatform.Host.Os,
            Architecture = ImagePlatform.Host.Architecture,
            Variant = ImagePlatform.Host.Variant,
            RootFs = new ImageLayerContents { DiffIds = [diffId] },
            History = [new ImageConfigHistory { Created = now, CreatedBy = $"Import-Image {Path.GetFileName(path)}", Comment = comment }],
        };
        return await ImageWriter.WriteAsync(destination, config, [layer], path, cancellation).ConfigureAwait(false);
    }

    // To the end: what is made of it must not turn out to be no archive when it is used.
    private static (string MediaType, Digest DiffId) Check(string path, CancellationToken cancellation)
    {
        using var observer = new HashingObserver();
        using ArchiveContent content = ArchiveContent.Open(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0), path, new FileInfo(path).Length, observer, cancellation);
        string mediaType = content.Compression switch
        {
            Compression.None => ImageMediaTypes.OciLayer,
            Compression.Gzip => ImageMediaTypes.OciLayerGzip,
            Compression.Zstd => ImageMediaTypes.OciLayerZstd,
            _ => throw new NsToolsException(
                FailureKind.NotSupported, "LayerTypeUnsupported", $"'{path}' is compressed with {content.Compression.ToString().ToLowerInvariant()}, which a layer may not be.", "Compress it with gzip or zstd instead."),
        };
        var reader = new TarArchiveReader(content);
        while (reader.Next() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            if (WhiteoutName.IsWhiteout(entry.Name))
                throw content.Invalid("ArchiveNotSupported", $"the entry '{entry}' would be a whiteout in a layer", entry.Offset);
        }
        return (mediaType, observer.Digest!);
    }

    private sealed class HashingObserver : IContentObserver, IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public Digest? Digest { get; private set; }

        public void Take(ReadOnlySpan<byte> part) => _hash.AppendData(part);

        public void End() => Digest = Digest.Of(_hash);

        public void Dispose() => _hash.Dispose();
    }
}
