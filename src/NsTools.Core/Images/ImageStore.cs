using NsTools.Hosts;
using NsTools.Images.Layouts;

namespace NsTools.Images;

/// <summary>
/// The local store: an OCI image layout in <c>images/</c> of the data directory, which <c>skopeo</c> reads with
/// <c>oci:</c>. Its names are complete ones with a tag (<c>localhost:5000/app:v1</c>); a name without a registry finds
/// the one that ends so, too.
/// </summary>
public sealed class ImageStore
{
    private ImageStore(string root)
    {
        Root = root;
        Layout = new OciLayout(Path.Join(root, "images"));
    }

    /// <summary>The calling user's store (design, "State on disk"); it need not be there yet.</summary>
    public static ImageStore Default => new(RuntimeDirectories.DataRoot);

    /// <summary>The data directory; beside <c>images/</c> it has <c>layers/</c>, the unpacked ones.</summary>
    public string Root { get; }

    /// <summary>The layout that the store is.</summary>
    public OciLayout Layout { get; }

    /// <summary>The entry of an image.</summary>
    /// <param name="reference">A reference to the store.</param>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>), or several fit (<c>ImageAmbiguous</c>).</exception>
    public ImageDescriptor Find(ImageReference reference)
    {
        IReadOnlyList<ImageDescriptor> entries = Layout.ReadEntries();
        if (reference.Digest is { } digest)
            return FindDigest(entries, digest) ?? throw NotFound(reference);
        List<ImageDescriptor> fitting = [.. entries.Where(e => OciLayout.NameOf(e) == reference.Name)];
        if (fitting.Count == 0)
            fitting = [.. entries.Where(e => OciLayout.NameOf(e)?.EndsWith($"/{reference.Name}", StringComparison.Ordinal) == true)];
        // Podman and Buildah call what was built here localhost/NAME.
        if (fitting.Count == 0 && reference is { Registry: "localhost", Name: { } local })
            fitting = [.. entries.Where(e => OciLayout.NameOf(e) == local["localhost/".Length..])];
        if (fitting.Select(e => e.Digest).Distinct().Count() > 1)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument,
                "ImageAmbiguous",
                $"Several images of the store are '{reference.Name}': {string.Join(", ", fitting.Select(OciLayout.NameOf))}.",
                "Give the whole name.");
        }
        return fitting.FirstOrDefault() ?? throw NotFound(reference);
    }

    /// <summary>Opens an image to read it.</summary>
    /// <param name="reference">A reference to the store.</param>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>), or several fit (<c>ImageAmbiguous</c>).</exception>
    public IImageSource OpenSource(ImageReference reference) => new OciLayoutSource(Layout, reference, Find(reference));

    /// <summary>Opens the store to write an image.</summary>
    /// <param name="reference">Its name.</param>
    /// <param name="cancellation">Ends waiting for a sweep.</param>
    public IImageDestination OpenDestination(ImageReference reference, CancellationToken cancellation) => new OciLayoutDestination(Layout, reference, cancellation);

    /// <summary>Lets another name stand for an image.</summary>
    /// <param name="name">The name, complete and with a tag.</param>
    /// <param name="entry">The image's entry.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">The image has gone meanwhile.</exception>
    public void SetName(string name, ImageDescriptor entry, CancellationToken cancellation) =>
        Layout.SetEntry(name, Layout.ReadManifest(entry.Digest).Descriptor with { ArtifactType = entry.ArtifactType, Platform = entry.Platform }, cancellation);

    // What an index of the store names is found by its digest, too.
    private ImageDescriptor? FindDigest(IReadOnlyList<ImageDescriptor> entries, Digest digest) =>
        entries.FirstOrDefault(e => e.Digest == digest)
            ?? (new FileInfo(Layout.BlobPath(digest)) is { Exists: true } file ? new ImageDescriptor { Digest = digest, Size = file.Length } : null);

    private NsToolsException NotFound(ImageReference reference) => new(
        FailureKind.NotFound,
        "ImageNotFound",
        $"There is no image '{reference}' in the store {Layout.Path}.",
        reference.Repository is null ? "Get-Image shows what there is." : $"Get-Image shows what there is; Copy-Image docker://{reference} brings it from a registry.");
}
