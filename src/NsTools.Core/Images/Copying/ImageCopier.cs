using System.Diagnostics;
using NsTools.Images.Configuration;

namespace NsTools.Images.Copying;

/// <summary>Copies images between all transports.</summary>
public static class ImageCopier
{
    /// <summary>Copies an image.</summary>
    /// <param name="from">The image; a path must be absolute.</param>
    /// <param name="to">The image to make; a path must be absolute.</param>
    /// <param name="options">How.</param>
    /// <param name="sourceAccess">How to get at the source.</param>
    /// <param name="destinationAccess">How to get at the destination.</param>
    /// <param name="progress">Says how far it has come; null where nobody looks.</param>
    /// <param name="cancellation">Ends it; what has come over is kept for the next time.</param>
    /// <exception cref="NsToolsException">It cannot be copied.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<ImageCopyResult> CopyAsync(
        ImageReference from, ImageReference to, ImageCopyOptions options, ImageAccess sourceAccess, ImageAccess destinationAccess, ImageCopyProgress? progress, CancellationToken cancellation)
    {
        if (options is { PreservesDigest: true, ChangesContent: true })
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "DigestNotPreserved", "Another format or compression changes the digest, which is to be preserved.", "Leave out -PreserveDigest, or -Format and -CompressionFormat.");
        }
        long start = Stopwatch.GetTimestamp();
        IImageSource source = await ImageTransports.OpenSourceAsync(from, sourceAccess, cancellation).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            CheckPolicy(source.Reference);
            ManifestContent root = options.CopiesAll
                ? await source.GetManifestAsync(null, cancellation).ConfigureAwait(false)
                : await ImageContents.ReadManifestAsync(source, options.Platform, cancellation).ConfigureAwait(false);
            ManifestTree tree = await ManifestTree.ReadAsync(source, root, cancellation).ConfigureAwait(false);
            IImageDestination destination = await ImageTransports.OpenDestinationAsync(to, destinationAccess, cancellation).ConfigureAwait(false);
            await using (destination.ConfigureAwait(false))
            {
                var copy = new ImageCopy(source, destination, options, progress ?? new ImageCopyProgress(), destinationAccess.Notice);
                ManifestContent written = await copy.RunAsync(tree, cancellation).ConfigureAwait(false);
                await destination.CommitAsync(cancellation).ConfigureAwait(false);
                return copy.ResultOf(written, Stopwatch.GetElapsedTime(start));
            }
        }
    }

    // policy.json(5) has no words for our own store: what is in there was checked when it came in.
    private static void CheckPolicy(ImageReference source)
    {
        if (source.Transport == ImageTransport.Store || SignaturePolicy.Load() is not { } policy)
            return;
        (string transport, IReadOnlyList<string> scopes) = source.Transport switch
        {
            ImageTransport.Docker => ("docker", SignaturePolicy.ScopesOf(source)),
            ImageTransport.Oci => ("oci", SignaturePolicy.ScopesOf(source.Path!, source.Name)),
            ImageTransport.OciArchive => ("oci-archive", SignaturePolicy.ScopesOf(source.Path!, source.Name)),
            ImageTransport.DockerArchive => ("docker-archive", SignaturePolicy.ScopesOf(source.Path!, source.Name)),
            _ => ("dir", SignaturePolicy.ScopesOf(source.Path!, null)),
        };
        policy.Check(transport, scopes, source.ToString());
    }
}
