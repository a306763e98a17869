using System.Security.Cryptography;

namespace NsTools.Images.Layouts;

/// <summary>Receives a blob into its file, going on with what is there, and verifies it.</summary>
/// <param name="partial">The file.</param>
/// <param name="blob">What it must become.</param>
internal sealed class BlobReceiver(PartialBlob partial, ImageDescriptor blob) : IDisposable
{
    private const int BufferSize = 1 << 20;
    private readonly IncrementalHash _hash = blob.Digest.CreateHash();

    /// <summary>Receives what is missing.</summary>
    /// <returns>How many bytes came.</returns>
    /// <exception cref="NsToolsException">It is not the blob; what came is thrown away.</exception>
    public async Task<long> ReceiveAsync(BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        if (partial.Length > blob.Size)
            partial.Clear();
        long before = partial.Length;
        // What an earlier try left counts only after its bytes have gone through the hash, too.
        partial.Hash(_hash, cancellation);
        if (partial.Length < blob.Size || blob.Size == 0)
            await AppendAsync(open, onProgress, cancellation).ConfigureAwait(false);
        if (partial.Length == blob.Size && blob.Digest.Matches(_hash))
            return partial.Length - before;
        if (before == 0)
        {
            partial.Discard();
            throw BlobFailure.WrongDigest("What was received", blob);
        }
        // The earlier part may be at fault (its disk lost power): once more from the start tells.
        partial.Clear();
        _hash.GetHashAndReset();
        return await ReceiveAsync(open, onProgress, cancellation).ConfigureAwait(false);
    }

    /// <summary>Receives a blob whose digest is not known yet.</summary>
    /// <returns>Its digest.</returns>
    public static async Task<Digest> ReceiveNewAsync(PartialBlob partial, Stream content, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        while (await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) is > 0 and int read)
        {
            hash.AppendData(buffer, 0, read);
            partial.Append(buffer.AsSpan(0, read));
        }
        return Digest.Of(hash);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private async Task AppendAsync(BlobOpener open, Action<long>? onProgress, CancellationToken cancellation)
    {
        Stream content = await open(partial.Length, cancellation).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            // Two buffers: one is hashed and written while the other is filled. A small blob has one of its own size (and a byte
            // that tells when more comes): those of a hundred would be 200 MB.
            int size = (int)Math.Clamp(blob.Size - partial.Length + 1, 1, BufferSize);
            byte[] filling = GC.AllocateUninitializedArray<byte>(size);
            byte[] storing = size < BufferSize ? [] : GC.AllocateUninitializedArray<byte>(size);
            Task store = Task.CompletedTask;
            try
            {
                while (await content.ReadAtLeastAsync(filling, filling.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) is > 0 and int read)
                {
                    await store.ConfigureAwait(false);
                    if (partial.Length + read > blob.Size)
                    {
                        partial.Discard();
                        throw BlobFailure.WrongSize("What was received", blob, partial.Length + read, isMore: true);
                    }
                    (filling, storing) = (storing, filling);
                    store = Task.Run(() => Store(storing.AsSpan(0, read)), CancellationToken.None);
                    onProgress?.Invoke(read);
                }
            }
            finally
            {
                await store.ConfigureAwait(false);
            }
        }
    }

    private void Store(ReadOnlySpan<byte> part)
    {
        _hash.AppendData(part);
        partial.Append(part);
    }
}
