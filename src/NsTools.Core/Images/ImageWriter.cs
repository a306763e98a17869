using System.Text.Json;
using NsTools.Images.Copying;
using NsTools.Images.Documents;

namespace NsTools.Images;

/// <summary>Writes images that are made here: configuration, manifest, and the name last.</summary>
public static class ImageWriter
{
    /// <summary>Writes an image whose layers the destination has already.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="layers">Its layers, the lowest first; Docker's types become OCI's.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Digest of its manifest.</returns>
    public static Task<Digest> WriteAsync(IImageDestination destination, ImageConfig config, IReadOnlyList<ImageDescriptor> layers, string name, CancellationToken cancellation) =>
        WriteAsync(destination, config, layers, ImageFormat.Oci, new Dictionary<string, string>(), name, cancellation);

    /// <inheritdoc cref="WriteAsync(IImageDestination, ImageConfig, IReadOnlyList{ImageDescriptor}, string, CancellationToken)"/>
    /// <param name="destination">Where to.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="layers">Its layers, the lowest first; their types become the format's.</param>
    /// <param name="format">The format.</param>
    /// <param name="annotations">Annotations of its manifest, which Docker's has none of.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<Digest> WriteAsync(
        IImageDestination destination, ImageConfig config, IReadOnlyList<ImageDescriptor> layers, ImageFormat format, IReadOnlyDictionary<string, string> annotations, string name, CancellationToken cancellation)
    {
        bool isDocker = format == ImageFormat.Docker;
        CheckAnnotations(format, annotations);
        string type = isDocker ? ImageMediaTypes.DockerManifest : ImageMediaTypes.OciManifest;
        ImageDescriptor blob;
        using (var document = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(config, ImageJson.Readable.ImageConfig)))
            blob = await destination.PutNewBlobAsync(document, isDocker ? ImageMediaTypes.DockerConfig : ImageMediaTypes.OciConfig, cancellation).ConfigureAwait(false);
        var manifest = new ImageManifest
        {
            MediaType = type,
            Config = blob,
            Layers = [.. layers.Select(layer => layer with { MediaType = LayerTypes.Translate(layer.MediaType, format), Annotations = isDocker ? null : layer.Annotations })],
            Annotations = annotations.Count > 0 ? annotations : null,
        };
        ManifestContent content = ManifestContent.Create(
            JsonSerializer.SerializeToUtf8Bytes(manifest, ImageJson.Readable.ImageManifest), type, null, name);
        await destination.PutManifestAsync(content, isNamed: true, cancellation).ConfigureAwait(false);
        await destination.CommitAsync(cancellation).ConfigureAwait(false);
        return content.Digest;
    }

    /// <summary>Refuses annotations in a format that has none.</summary>
    /// <param name="format">The format.</param>
    /// <param name="annotations">The annotations.</param>
    /// <exception cref="NsToolsException">There are some, and it is Docker's (<c>AnnotationsNotSupported</c>).</exception>
    public static void CheckAnnotations(ImageFormat format, IReadOnlyDictionary<string, string> annotations)
    {
        if (format == ImageFormat.Docker && annotations.Count > 0)
            throw new NsToolsException(FailureKind.InvalidArgument, "AnnotationsNotSupported", "An image of Docker's format cannot have annotations.", "Use labels, or the OCI format.");
    }

    /// <summary>Brings the layers of another image to the destination, those that it does not have.</summary>
    /// <param name="source">Has them.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task BringLayersAsync(IImageSource source, IReadOnlyList<ImageDescriptor> layers, IImageDestination destination, CancellationToken cancellation)
    {
        foreach (ImageDescriptor layer in layers)
        {
            if (!ImageMediaTypes.IsForeignLayer(layer.MediaType) && !await destination.HasBlobAsync(layer, cancellation).ConfigureAwait(false))
                await destination.PutBlobAsync(layer, (offset, stop) => source.OpenBlobAsync(layer, offset, stop), null, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The name of an image that is to be made in the store.</summary>
    /// <param name="name">What the user wrote.</param>
    /// <exception cref="NsToolsException">It is none (<c>InvalidImageReference</c>).</exception>
    public static ImageReference RequireName(string name)
    {
        ImageReference reference = ImageReference.Parse(name);
        return reference is { Transport: ImageTransport.Store, Digest: null, Name: not null }
            ? reference
            : throw new NsToolsException(FailureKind.InvalidArgument, "InvalidImageReference", $"'{name}' is no name of the store.", "Write NAME:TAG.");
    }
}
