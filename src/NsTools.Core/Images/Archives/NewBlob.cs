using System.Security.Cryptography;

namespace NsTools.Images.Archives;

/// <summary>Blobs whose digest comes to be known only at their end.</summary>
internal static class NewBlob
{
    /// <summary>Takes the content into a file without a name first, and then puts it where it belongs.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="content">The content.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ImageDescriptor> PutAsync(IImageDestination destination, Stream content, string mediaType, CancellationToken cancellation)
    {
        // /tmp is memory on many hosts, and a layer may have gigabytes: TMPDIR or /var/tmp, as Podman has it.
        string directory = Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } given ? given : "/var/tmp";
        using var file = new FileStream(
            Path.Join(directory, $"nstools-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(1 << 20);
        while (await content.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and int read)
        {
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
        }
        var blob = new ImageDescriptor { MediaType = mediaType, Digest = Digest.Of(hash), Size = file.Length };
        if (!await destination.HasBlobAsync(blob, cancellation).ConfigureAwait(false))
        {
            await destination.PutBlobAsync(
                blob, (offset, _) => Task.FromResult<Stream>(new FileRegionStream(file.SafeFileHandle, offset, blob.Size - offset)), null, cancellation).ConfigureAwait(false);
        }
        return blob;
    }
}
