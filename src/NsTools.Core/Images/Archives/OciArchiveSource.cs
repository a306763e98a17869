using NsTools.Images.Documents;
using NsTools.Images.Layouts;

namespace NsTools.Images.Archives;

/// <summary>Reads an image of an OCI layout that is packed in a tar archive, without unpacking it.</summary>
internal sealed class OciArchiveSource : IImageSource
{
    private readonly TarIndex _archive;
    private readonly IReadOnlyList<ImageDescriptor> _entries;
    private readonly ImageDescriptor _entry;

    /// <summary>Opens an archive.</summary>
    /// <param name="reference">What was asked for.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It is no such archive, damaged, or does not have the image.</exception>
    public OciArchiveSource(ImageReference reference, CancellationToken cancellation)
    {
        Reference = reference;
        _archive = TarIndex.Open(reference.Path!, cancellation);
        try
        {
            _entries = ReadEntries(_archive, reference.Path!);
            _entry = LayoutNames.Find(_entries, reference);
        }
        catch
        {
            _archive.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ImageReference Reference { get; }

    /// <inheritdoc/>
    public ImageDescriptor? Entry => _entry;

    /// <summary>The entries of an archive's index.json.</summary>
    public static IReadOnlyList<ImageDescriptor> ReadEntries(TarIndex archive, string path) =>
        ImageDocuments.ReadLayoutIndex(archive.ReadContent("index.json", ImageDocuments.MaximumManifestSize), $"{path}/index.json").Manifests;

    /// <inheritdoc/>
    public Task<ManifestContent> GetManifestAsync(Digest? digest, CancellationToken cancellation)
    {
        Digest wanted = digest ?? _entry.Digest;
        if (!_archive.Contains(NameOf(wanted)))
        {
            throw new NsToolsException(
                FailureKind.NotFound, "ManifestNotFound", $"'{Reference.Path}' has no manifest {wanted}.", "Only a part of the image may have been copied: copy it with -All.");
        }
        byte[] content = _archive.ReadContent(NameOf(wanted), ImageDocuments.MaximumManifestSize);
        return Task.FromResult(ManifestContent.Create(content, wanted == _entry.Digest ? _entry.MediaType : null, wanted, Reference.Path!));
    }

    /// <inheritdoc/>
    public Task<Stream> OpenBlobAsync(ImageDescriptor blob, long offset, CancellationToken cancellation) =>
        Task.FromResult(_archive.OpenContent(NameOf(blob.Digest), offset) ?? throw BlobFailure.NotFound(Reference.Path!, blob.Digest));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ImageDescriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellation)
    {
        List<ImageDescriptor> found = [];
        foreach (ImageDescriptor other in _entries.DistinctBy(e => e.Digest).Where(e => e.Digest != subject && _archive.Contains(NameOf(e.Digest))))
        {
            ManifestContent manifest = await GetManifestAsync(other.Digest, cancellation).ConfigureAwait(false);
            if (ImageDocuments.SubjectOf(manifest) == subject)
                found.Add(other);
        }
        return found;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _archive.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string NameOf(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";
}
