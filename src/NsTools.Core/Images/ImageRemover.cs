using NsTools.Images.Layouts;
using NsTools.Images.Registries;

namespace NsTools.Images;

/// <summary>Takes images away.</summary>
public static class ImageRemover
{
    /// <summary>
    /// Takes a name of the store away, or by digest the image with all its names. Its blobs stay until the store is swept.
    /// </summary>
    /// <param name="reference">A reference to the store.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    /// <exception cref="NsToolsException">There is none (<c>ImageNotFound</c>).</exception>
    public static void RemoveFromStore(ImageReference reference, CancellationToken cancellation)
    {
        ImageStore store = ImageStore.Default;
        ImageDescriptor image = store.Find(reference);
        string? name = OciLayout.NameOf(image);
        store.Layout.ChangeEntries(
            entries => [.. entries.Where(e => e.Digest != image.Digest || (reference.Digest is null && OciLayout.NameOf(e) != name))],
            cancellation);
    }

    /// <summary>Takes a manifest away from a registry, with all tags that it has there.</summary>
    /// <param name="reference">A reference to a registry; with a tag it is the manifest of that.</param>
    /// <param name="access">How to get at the registry.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Digest of the manifest.</returns>
    /// <exception cref="NsToolsException">There is none, or the registry does not allow it.</exception>
    public static async Task<Digest> RemoveFromRegistryAsync(ImageReference reference, ImageAccess access, CancellationToken cancellation)
    {
        // Of short names and mirrors nobody shall guess which one is meant to lose its image.
        if (reference.Registry is null)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "RegistryMissing", $"'{reference}' does not say of which registry.", "Write docker://REGISTRY/REPOSITORY:TAG.");
        }
        var registries = new RegistryAccess(access);
        RegistryRepository repository = registries.Open(registries.Configuration.WriteTo(reference));
        Digest digest = reference.Digest ?? (await repository.GetManifestAsync(reference.Tag ?? "latest", cancellation).ConfigureAwait(false)).Digest;
        await repository.DeleteManifestAsync(digest, cancellation).ConfigureAwait(false);
        return digest;
    }
}
