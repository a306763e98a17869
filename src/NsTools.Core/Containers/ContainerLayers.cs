using NsTools.Images;
using NsTools.Images.Layers;
using NsTools.RootFileSystems;

namespace NsTools.Containers;

/// <summary>The image that a container was made of, and its unpacked layers.</summary>
internal static class ContainerLayers
{
    /// <summary>Keeps the layers from being swept away while they are held, and unpacks again those that were.</summary>
    /// <param name="document">The container.</param>
    /// <param name="cancellation">Ends waiting for others, and unpacking.</param>
    /// <exception cref="NsToolsException">They are gone, and so is the image (<c>ContainerImageChanged</c>).</exception>
    public static IDisposable Hold(ContainerDocument document, CancellationToken cancellation)
    {
        if (document.Layers.Count == 0)
            return new MemoryStream();
        LayerStore layers = LayerStore.Default;
        IDisposable held = layers.Hold(cancellation);
        try
        {
            if (!document.Layers.All(Directory.Exists))
                Unpack(layers, document, cancellation);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Unpacks an image for a container of the caller's. To be called while the store is held.</summary>
    /// <param name="layers">The store.</param>
    /// <param name="source">Has the blobs.</param>
    /// <param name="contents">What the source has.</param>
    /// <param name="expansion">How.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The directories that make its root, the lowest first: the layers, or for an ordinary user one whole tree.</returns>
    public static IReadOnlyList<string> Unpack(LayerStore layers, IImageSource source, ImageContents contents, ExpansionOptions expansion, CancellationToken cancellation) =>
        LayerPrivileges.IsRoot ? layers.Unpack(source, contents, expansion, cancellation) : [layers.UnpackWhole(source, contents, expansion, cancellation)];

    /// <summary>Opens the very image that a container was made of.</summary>
    /// <param name="document">The container.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">There is another image of that name by now, or none (<c>ContainerImageChanged</c>, <c>ImageNotFound</c>).</exception>
    public static async Task<(IImageSource Source, ImageContents Contents)> OpenImageAsync(ContainerDocument document, CancellationToken cancellation)
    {
        IImageSource source = await ImageTransports.OpenSourceAsync(ImageReference.Parse(document.Image!), new ImageAccess(), cancellation).ConfigureAwait(false);
        try
        {
            ImageContents contents = await ImageContents.ReadAsync(source, null, cancellation).ConfigureAwait(false);
            return contents.Content.Digest.ToString() == document.ImageDigest
                ? (source, contents)
                : throw new NsToolsException(
                    FailureKind.InvalidState,
                    "ContainerImageChanged",
                    $"The container '{document.Name}' was made of '{document.Image}', which is another image by now.",
                    "Bring back that image, or remove the container and make it anew.");
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Unpack(LayerStore layers, ContainerDocument document, CancellationToken cancellation)
    {
        (IImageSource source, ImageContents contents) = OpenImageAsync(document, cancellation).GetAwaiter().GetResult();
        try
        {
            Unpack(layers, source, contents, new ExpansionOptions(), cancellation);
        }
        finally
        {
            source.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
