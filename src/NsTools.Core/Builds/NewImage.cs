using NsTools.Images;

namespace NsTools.Builds;

/// <summary>An image that was just written into the store.</summary>
internal static class NewImage
{
    /// <summary>Gives it the names that it has beside the first, and reads it.</summary>
    /// <param name="digest">Its manifest's digest.</param>
    /// <param name="names">Its names, the one that it was written under first.</param>
    /// <param name="cancellation">Ends waiting for others.</param>
    public static Image Read(Digest digest, IReadOnlyList<ImageReference> names, CancellationToken cancellation)
    {
        ImageStore store = ImageStore.Default;
        ImageReference nameless = new() { Transport = ImageTransport.Store, Digest = digest };
        foreach (ImageReference more in names.Skip(1))
            store.SetName(more.Name!, store.Find(nameless), cancellation);
        return new ImageCatalog(store).Read(store.Find(names.Count > 0 ? names[0] : nameless));
    }
}
