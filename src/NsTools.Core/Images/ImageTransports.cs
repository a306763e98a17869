using NsTools.Images.Archives;
using NsTools.Images.Directories;
using NsTools.Images.Layouts;
using NsTools.Images.Registries;

namespace NsTools.Images;

/// <summary>Opens what a reference names.</summary>
public static class ImageTransports
{
    /// <summary>Opens an image to read it.</summary>
    /// <param name="reference">The image; a path must be absolute.</param>
    /// <param name="access">How to get at it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is none, or it cannot be had.</exception>
    public static async Task<IImageSource> OpenSourceAsync(ImageReference reference, ImageAccess access, CancellationToken cancellation) => reference.Transport switch
    {
        ImageTransport.Docker => await RegistryImageSource.OpenAsync(reference, access, cancellation).ConfigureAwait(false),
        ImageTransport.Oci => OpenLayout(reference),
        ImageTransport.OciArchive => new OciArchiveSource(reference, cancellation),
        ImageTransport.DockerArchive => new DockerArchiveSource(reference, cancellation),
        ImageTransport.Directory => new DirectorySource(reference),
        _ => ImageStore.Default.OpenSource(reference),
    };

    /// <summary>Opens a place to write an image to.</summary>
    /// <param name="reference">The image to make; a path must be absolute.</param>
    /// <param name="access">How to get at it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It cannot be written there.</exception>
    public static Task<IImageDestination> OpenDestinationAsync(ImageReference reference, ImageAccess access, CancellationToken cancellation)
    {
        if (reference is { Digest: not null, Transport: not ImageTransport.Docker })
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "DestinationHasDigest", $"'{reference}': a digest comes from the content and cannot be chosen.", "Name the destination by a tag or a name.");
        }
        return Task.FromResult<IImageDestination>(reference.Transport switch
        {
            ImageTransport.Docker => new RegistryImageDestination(reference, access),
            ImageTransport.Oci => new OciLayoutDestination(new OciLayout(reference.Path!), reference, cancellation),
            ImageTransport.OciArchive => new OciArchiveDestination(reference, new OciArchiveWriter(reference.Path!), isOnly: true),
            ImageTransport.DockerArchive => new DockerArchiveDestination(reference, new DockerArchiveWriter(reference.Path!), isOnly: true),
            ImageTransport.Directory => new DirectoryDestination(reference),
            _ => ImageStore.Default.OpenDestination(reference, cancellation),
        });
    }

    private static OciLayoutSource OpenLayout(ImageReference reference)
    {
        var layout = new OciLayout(reference.Path!);
        layout.Require();
        return new OciLayoutSource(layout, reference, LayoutNames.Find(layout.ReadEntries(), reference));
    }
}
