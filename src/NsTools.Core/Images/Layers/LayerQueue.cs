namespace NsTools.Images.Layers;

/// <summary>
/// Layers in their order, of which the next ones are being read (downloaded, decompressed, hashed) while one is applied.
/// Each holds a few buffers only, so memory stays the same whatever the layers' number and size.
/// </summary>
internal sealed class LayerQueue : IDisposable
{
    // Two large layers keep both sides busy; of small ones more are to be ready, or each would be waited for.
    private const int LargeAhead = 2, SmallAhead = 16;
    private const long SmallBytes = 8 << 20;

    private readonly IImageSource _source;
    private readonly IReadOnlyList<ImageLayer> _layers;
    private readonly long? _maximumSize;
    private readonly CancellationTokenSource _ending;
    private readonly CancellationToken _ended;
    private readonly Queue<Task<LayerContent>> _opened = new();
    private int _next;

    /// <summary>Begins to open layers.</summary>
    /// <param name="source">Has their blobs.</param>
    /// <param name="layers">The layers, the lowest first.</param>
    /// <param name="maximumSize">How many bytes the files of each may have; null for what is plausible.</param>
    /// <param name="cancellation">Ends all waiting.</param>
    public LayerQueue(IImageSource source, IReadOnlyList<ImageLayer> layers, long? maximumSize, CancellationToken cancellation)
    {
        (_source, _layers, _maximumSize) = (source, layers, maximumSize);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ended = _ending.Token;
        Fill();
    }

    /// <summary>The next layer, to be disposed of by the caller; null after the last one.</summary>
    public LayerContent? Take()
    {
        if (_opened.Count == 0)
            return null;
        // On the caller's own thread: the tree is made there.
        Task<LayerContent> opened = _opened.Dequeue();
        LayerContent content;
        try
        {
            content = opened.GetAwaiter().GetResult();
        }
        finally
        {
            Fill();
        }
        return content;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Cancel();
        foreach (Task<LayerContent> opened in _opened)
            opened.ContinueWith(static task => task.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        _ending.Dispose();
    }

    private void Fill()
    {
        while (_next < _layers.Count && MayOpen())
        {
            ImageLayer layer = _layers[_next++];
            _opened.Enqueue(Task.Run(() => OpenAsync(layer)));
        }
    }

    private bool MayOpen()
    {
        if (_opened.Count < LargeAhead)
            return true;
        long bytes = _layers[_next].Size;
        for (int i = 1; i <= _opened.Count && bytes <= SmallBytes; i++)
            bytes += _layers[_next - i].Size;
        return _opened.Count < SmallAhead && bytes <= SmallBytes;
    }

    private async Task<LayerContent> OpenAsync(ImageLayer layer)
    {
        var blob = new ImageDescriptor { MediaType = layer.MediaType, Digest = layer.Digest, Size = layer.Size };
        Stream stream = await _source.OpenBlobAsync(blob, 0, _ended).ConfigureAwait(false);
        return LayerContent.Open(layer, stream, _maximumSize, _ended);
    }
}
