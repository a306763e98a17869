namespace NsTools.Images.Copying;

/// <summary>Brings images of the store from their registries, as <c>podman pull</c> does.</summary>
public static class ImagePuller
{
    /// <summary>Tells whether an image has to be brought.</summary>
    /// <param name="image">The image; only a name of the store, and not a digest, can be.</param>
    /// <param name="policy">When.</param>
    public static bool IsNeeded(ImageReference image, ImagePullPolicy policy)
    {
        if (policy == ImagePullPolicy.Never || image is not { Transport: ImageTransport.Store, Digest: null, Name: not null })
            return false;
        return policy == ImagePullPolicy.Always || Find(image) is null;
    }

    /// <summary>Brings an image.</summary>
    /// <param name="image">A name of the store: a complete one, or a short one that registries.conf(5) makes one of.</param>
    /// <param name="platform">Which image of an index; null for this machine's.</param>
    /// <param name="access">How to get at the registry.</param>
    /// <param name="progress">Says how far it has come; null where nobody looks.</param>
    /// <param name="cancellation">Ends it; what has come over is kept for the next time.</param>
    /// <returns>The image's complete name in the store.</returns>
    /// <exception cref="NsToolsException">No registry has it, or it cannot be had.</exception>
    public static async Task<ImageReference> PullAsync(ImageReference image, ImagePlatform? platform, ImageAccess access, ImageCopyProgress? progress, CancellationToken cancellation)
    {
        ImageReference remote = ImageReference.Parse($"docker://{Find(image) ?? image.Name}");
        // Which registry a short name is of turns out when it is opened.
        IImageSource source = await ImageTransports.OpenSourceAsync(remote, access, cancellation).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
            remote = source.Reference;
        ImageReference local = ImageReference.Parse($"{remote.FullRepository}:{remote.Tag ?? "latest"}");
        await ImageCopier.CopyAsync(remote, local, new ImageCopyOptions { Platform = platform }, access, access, progress, cancellation).ConfigureAwait(false);
        return local;
    }

    // The complete name under which the store has it.
    private static string? Find(ImageReference image)
    {
        IReadOnlyList<string> names = [.. ImageStore.Default.Layout.ReadEntries().Select(Layouts.OciLayout.NameOf).OfType<string>()];
        return names.FirstOrDefault(name => name == image.Name) ?? names.FirstOrDefault(name => name.EndsWith($"/{image.Name}", StringComparison.Ordinal));
    }
}
