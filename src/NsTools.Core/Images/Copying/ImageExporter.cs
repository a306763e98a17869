using NsTools.Images.Archives;

namespace NsTools.Images.Copying;

/// <summary>Writes images into one archive that <c>docker load</c>, <c>podman load</c> or a reader of OCI layouts takes.</summary>
public static class ImageExporter
{
    /// <summary>Writes images. Blobs that several have are written once.</summary>
    /// <param name="images">The images.</param>
    /// <param name="path">Absolute path of the archive.</param>
    /// <param name="format">OCI's form of an archive, or Docker's.</param>
    /// <param name="options">How to copy.</param>
    /// <param name="access">How to get at the images.</param>
    /// <param name="progress">Says how far it has come.</param>
    /// <param name="cancellation">Ends it; no archive is left.</param>
    /// <exception cref="NsToolsException">An image cannot be read, or the archive not be written.</exception>
    public static async Task<IReadOnlyList<ImageCopyResult>> ExportAsync(
        IReadOnlyList<ImageReference> images, string path, ImageFormat format, ImageCopyOptions options, ImageAccess access, ImageCopyProgress progress, CancellationToken cancellation)
    {
        using OciArchiveWriter? oci = format == ImageFormat.Oci ? new OciArchiveWriter(path) : null;
        using DockerArchiveWriter? docker = oci is null ? new DockerArchiveWriter(path) : null;
        List<ImageCopyResult> results = [];
        foreach (ImageReference image in images)
        {
            ImageReference target = new()
            {
                Transport = oci is null ? ImageTransport.DockerArchive : ImageTransport.OciArchive,
                Path = path,
                Name = oci is null ? CompleteNameOf(image) : NameOf(image),
            };
            IImageDestination destination = oci is null ? new DockerArchiveDestination(target, docker!, isOnly: false) : new OciArchiveDestination(target, oci, isOnly: false);
            results.Add(await CopyAsync(image, destination, options, access, progress, cancellation).ConfigureAwait(false));
        }
        docker?.Complete();
        oci?.Complete();
        return results;
    }

    private static string? NameOf(ImageReference image) =>
        image.Name ?? (image.FullRepository is { } repository ? $"{repository}:{image.Tag ?? "latest"}" : null);

    // Of a layout an image may be called anything; a docker-archive has names with tags only (containers-transports(5)).
    private static string? CompleteNameOf(ImageReference image) =>
        ImageReference.TryParse($"docker-archive:/x:{NameOf(image)}", out ImageReference? parsed) ? parsed.Name : null;

    private static async Task<ImageCopyResult> CopyAsync(
        ImageReference image, IImageDestination destination, ImageCopyOptions options, ImageAccess access, ImageCopyProgress progress, CancellationToken cancellation)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        IImageSource source = await ImageTransports.OpenSourceAsync(image, access, cancellation).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            ManifestContent root = options.CopiesAll
                ? await source.GetManifestAsync(null, cancellation).ConfigureAwait(false)
                : await ImageContents.ReadManifestAsync(source, options.Platform, cancellation).ConfigureAwait(false);
            ManifestTree tree = await ManifestTree.ReadAsync(source, root, cancellation).ConfigureAwait(false);
            var copy = new ImageCopy(source, destination, options, progress, access.Notice);
            ManifestContent written = await copy.RunAsync(tree, cancellation).ConfigureAwait(false);
            await destination.CommitAsync(cancellation).ConfigureAwait(false);
            return copy.ResultOf(written, System.Diagnostics.Stopwatch.GetElapsedTime(start));
        }
    }
}
