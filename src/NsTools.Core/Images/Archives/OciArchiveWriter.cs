using NsTools.Images.Documents;

namespace NsTools.Images.Archives;

/// <summary>A tar archive of an OCI layout, of one or several images, in the making. It takes the place of an archive that is there.</summary>
/// <param name="path">Its path.</param>
internal sealed class OciArchiveWriter(string path) : IDisposable
{
    private readonly List<ImageDescriptor> _entries = [];

    /// <summary>The archive.</summary>
    public TarFileWriter Archive { get; } = new(path);

    /// <summary>Adds what index.json says of an image whose blobs are written.</summary>
    public void Add(IEnumerable<ImageDescriptor> entries) => _entries.AddRange(entries);

    /// <summary>Makes the archive appear.</summary>
    public void Complete()
    {
        Archive.Write("index.json", ImageDocuments.ToBytes(new ImageIndex { MediaType = ImageMediaTypes.OciIndex, Manifests = _entries }));
        Archive.Write("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"u8);
        Archive.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => Archive.Dispose();
}
