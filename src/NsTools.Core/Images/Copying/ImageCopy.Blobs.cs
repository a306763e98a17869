namespace NsTools.Images.Copying;

/// <summary>Its blobs.</summary>
internal sealed partial class ImageCopy
{
    private readonly HashSet<Digest> _blobsDone = [];
    private readonly Lazy<RecompressionMemory> _recompressed = new();
    private int _copied, _skipped, _mounted;
    private long _moved, _spared;

    private async Task CopyBlobsAsync(List<(ManifestTree Tree, LayerPlan Plan)> plans, HashSet<Digest> present, CancellationToken cancellation)
    {
        List<(ImageDescriptor Blob, LayerCompression? To)> work = [];
        foreach ((ManifestTree tree, LayerPlan plan) in plans)
        {
            foreach (ImageDescriptor blob in tree.Blobs)
            {
                if (!_blobsDone.Add(blob.Digest))
                    continue;
                progress.Expect(blob.Size);
                if (present.Contains(tree.Content.Digest))
                    Skip(blob);
                else if (ImageMediaTypes.IsForeignLayer(blob.MediaType) && blob.Urls is { Count: > 0 })
                    notice?.Invoke($"The layer {blob.Digest} may not be distributed: it stays where its addresses say.");
                else
                    work.Add((blob, plan.Layers.Contains(blob.Digest) ? plan.Compression : null));
            }
        }
        // The largest first: none is left over that all others have to be waited for with.
        work.Sort((a, b) => b.Blob.Size.CompareTo(a.Blob.Size));
        await Parallel.ForEachAsync(
            work,
            new ParallelOptions { MaxDegreeOfParallelism = options.ThrottleLimit, CancellationToken = cancellation },
            async (item, token) => await CopyBlobAsync(item.Blob, item.To, token).ConfigureAwait(false)).ConfigureAwait(false);
        if (_recompressed.IsValueCreated)
            _recompressed.Value.Save();
    }

    private async Task CopyBlobAsync(ImageDescriptor blob, LayerCompression? to, CancellationToken cancellation)
    {
        if (to is { } compression)
        {
            await RecompressAsync(blob, compression, cancellation).ConfigureAwait(false);
            return;
        }
        if (await destination.HasBlobAsync(blob, cancellation).ConfigureAwait(false))
        {
            Skip(blob);
            return;
        }
        if (await destination.TryMountBlobAsync(blob, source.Reference, cancellation).ConfigureAwait(false))
        {
            Interlocked.Increment(ref _mounted);
            Interlocked.Add(ref _spared, blob.Size);
            progress.End(blob);
            return;
        }
        BlobProgress bar = progress.Begin(blob);
        long moved = await destination.PutBlobAsync(blob, (offset, token) => source.OpenBlobAsync(blob, offset, token), bar.Add, cancellation).ConfigureAwait(false);
        Interlocked.Increment(ref _copied);
        Interlocked.Add(ref _moved, moved);
        Interlocked.Add(ref _spared, Math.Max(0, blob.Size - moved));
        progress.End(blob);
    }

    private async Task RecompressAsync(ImageDescriptor blob, LayerCompression to, CancellationToken cancellation)
    {
        if (_recompressed.Value.Find(blob.Digest, to, options.CompressionLevel) is { } made && await destination.HasBlobAsync(made, cancellation).ConfigureAwait(false))
        {
            _changedLayers[blob.Digest] = made;
            Skip(blob);
            return;
        }
        BlobProgress bar = progress.Begin(blob);
        Stream content = await source.OpenBlobAsync(blob, 0, cancellation).ConfigureAwait(false);
        var verified = new VerifyingStream(content, blob, source.Reference.ToString()) { OnRead = bar.Add };
        Stream changed = LayerRecompression.Begin(verified, to, options.CompressionLevel, cancellation);
        await using (changed.ConfigureAwait(false))
        {
            // The format's own name is given when the manifest is written.
            ImageDescriptor written = await destination.PutNewBlobAsync(changed, LayerTypes.For(to, ImageFormat.Oci), cancellation).ConfigureAwait(false);
            _changedLayers[blob.Digest] = written;
            _recompressed.Value.Add(blob.Digest, to, options.CompressionLevel, written);
            Interlocked.Increment(ref _copied);
            Interlocked.Add(ref _moved, written.Size);
        }
        progress.End(blob);
    }

    private void Skip(ImageDescriptor blob)
    {
        Interlocked.Increment(ref _skipped);
        Interlocked.Add(ref _spared, blob.Size);
        progress.End(blob);
    }
}
