using System.Security.Cryptography;
using System.Text.Json;
using NsTools.Images.Documents;
using NsTools.RootFileSystems.Archives;

namespace NsTools.Images.Archives;

/// <summary>
/// Reads an image of what <c>docker save</c>, <c>podman save</c> or <c>skopeo copy docker-archive:</c> wrote, in each form
/// that they have had since Docker 1.10: <c>manifest.json</c> is in all of them. The archive has no manifest of the image's
/// own; one is made, of Docker's schema 2, whose layers are the archive's as they are.
/// </summary>
internal sealed class DockerArchiveSource : IImageSource
{
    private const int MaximumLayers = 1000;
    private readonly TarIndex _archive;
    private readonly ManifestContent _manifest;
    private readonly Dictionary<Digest, string> _files = [];

    /// <summary>Opens an archive.</summary>
    /// <param name="reference">What was asked for.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It is no such archive, damaged, or does not have the image.</exception>
    public DockerArchiveSource(ImageReference reference, CancellationToken cancellation)
    {
        Reference = reference;
        _archive = TarIndex.Open(reference.Path!, cancellation);
        try
        {
            DockerArchiveEntry entry = DockerArchiveEntry.Find(ReadEntries(_archive, reference.Path!), reference);
            _manifest = CreateManifest(entry, cancellation);
        }
        catch
        {
            _archive.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ImageReference Reference { get; }

    /// <summary>The images of an archive.</summary>
    /// <exception cref="NsToolsException">It is no such archive (<c>ArchiveNotAnImage</c>).</exception>
    public static IReadOnlyList<DockerArchiveEntry> ReadEntries(TarIndex archive, string path)
    {
        if (!archive.Contains("manifest.json") && archive.Contains("repositories"))
        {
            throw new NsToolsException(
                FailureKind.NotSupported, "ArchiveNotSupported", $"'{path}' was written by a Docker older than 1.10, whose archives have no manifest.json.", "Save the image again with a newer one.");
        }
        return DockerArchiveEntry.ReadAll(archive.ReadContent("manifest.json", ImageDocuments.MaximumManifestSize), path);
    }

    /// <inheritdoc/>
    public Task<ManifestContent> GetManifestAsync(Digest? digest, CancellationToken cancellation) =>
        digest is null || digest == _manifest.Digest
            ? Task.FromResult(_manifest)
            : throw new NsToolsException(FailureKind.NotFound, "ManifestNotFound", $"'{Reference.Path}' has no manifest {digest}.");

    /// <inheritdoc/>
    public Task<Stream> OpenBlobAsync(ImageDescriptor blob, long offset, CancellationToken cancellation) =>
        Task.FromResult(_files.TryGetValue(blob.Digest, out string? name) && _archive.OpenContent(name, offset) is { } content
            ? content
            : throw BlobFailure.NotFound(Reference.Path!, blob.Digest));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageDescriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ImageDescriptor>>([]);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _archive.Dispose();
        return ValueTask.CompletedTask;
    }

    private ManifestContent CreateManifest(DockerArchiveEntry entry, CancellationToken cancellation)
    {
        byte[] config = _archive.ReadContent(entry.Config, ImageDocuments.MaximumConfigSize);
        IReadOnlyList<Digest> diffIds = ImageDocuments.ReadConfig(config).RootFs.DiffIds;
        if (diffIds.Count != entry.Layers.Count || diffIds.Count > MaximumLayers)
        {
            throw new NsToolsException(
                FailureKind.InvalidData, "ConfigInvalid", $"'{Reference.Path}': manifest.json has {entry.Layers.Count} layers, the configuration {diffIds.Count}.", "Get the archive again.");
        }
        var manifest = new ImageManifest
        {
            MediaType = ImageMediaTypes.DockerManifest,
            Config = Register(new ImageDescriptor { MediaType = ImageMediaTypes.DockerConfig, Digest = Digest.Of(config), Size = config.Length }, entry.Config),
            Layers = [.. entry.Layers.Select((file, index) => Register(DescribeLayer(file, diffIds[index], cancellation), file))],
        };
        return ManifestContent.Create(
            JsonSerializer.SerializeToUtf8Bytes(manifest, ImageJson.Default.ImageManifest), ImageMediaTypes.DockerManifest, null, Reference.Path!);
    }

    private ImageDescriptor Register(ImageDescriptor blob, string file)
    {
        _files[blob.Digest] = file;
        return blob;
    }

    // A plain layer's digest is the configuration's diff ID, to be verified when it is read. Some tools pack compressed
    // ones, of which only reading tells the digest.
    private ImageDescriptor DescribeLayer(string file, Digest diffId, CancellationToken cancellation)
    {
        using Stream? content = _archive.OpenContent(file);
        if (content is null)
            throw new NsToolsException(FailureKind.InvalidData, "ArchiveNotAnImage", $"'{Reference.Path}' has no layer '{DisplayText.Of(file)}', which its manifest.json names.", "The archive is not whole: get it again.");
        long size = _archive.SizeOf(file)!.Value;
        byte[] buffer = new byte[1 << 18];
        int length = content.ReadAtLeast(buffer, Compressions.MagicLength, throwOnEndOfStream: false);
        string? mediaType = Compressions.Detect(buffer.AsSpan(0, Math.Min(length, Compressions.MagicLength))) switch
        {
            Compression.None => null,
            Compression.Gzip => ImageMediaTypes.DockerLayerGzip,
            Compression.Zstd => ImageMediaTypes.DockerLayerZstd,
            _ => throw new NsToolsException(FailureKind.NotSupported, "LayerTypeUnsupported", $"'{Reference.Path}': the layer '{DisplayText.Of(file)}' is compressed with something else than gzip or zstd."),
        };
        if (mediaType is null)
            return new ImageDescriptor { MediaType = ImageMediaTypes.DockerLayer, Digest = diffId, Size = size };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (; length > 0; length = content.Read(buffer))
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, length);
        }
        return new ImageDescriptor { MediaType = mediaType, Digest = Digest.Of(hash), Size = size };
    }
}
