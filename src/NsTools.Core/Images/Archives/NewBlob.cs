namespace NsTools.Images.Archives;

/// <summary>Blobs whose digest comes to be known only at their end, for destinations that have to have it before.</summary>
internal static class NewBlob
{
    /// <summary>Takes the content into a file without a name first, and then puts it where it belongs.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="content">The content.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ImageDescriptor> PutAsync(IImageDestination destination, Stream content, string mediaType, CancellationToken cancellation)
    {
        using SpooledBlob spool = await SpooledBlob.CreateAsync(content, mediaType, cancellation).ConfigureAwait(false);
        if (!await destination.HasBlobAsync(spool.Blob, cancellation).ConfigureAwait(false))
            await destination.PutBlobAsync(spool.Blob, spool.OpenAsync, null, cancellation).ConfigureAwait(false);
        return spool.Blob;
    }
}
