namespace NsTools.Images.Layers;

/// <summary>
/// Layers in their order, of which the next ones are being read (downloaded, decompressed, hashed) while one is applied.
/// Each holds a few buffers only, so memory stays the same whatever the layers' number and size.
/// </summary>
internal sealed class LayerQueue : IDisposable
{
    private readonly IImageSource _source;
    private readonly IReadOnlyList<ImageLayer> _layers;
    private readonly long? _maximumSize;
    private readonly CancellationTokenSource _ending;
    private readonly CancellationToken _ended;
    private readonly Queue<Task<LayerContent>> _opened = new();
    private readonly int _ahead = Math.Clamp(Environment.ProcessorCount, 2, 4);
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
        while (_next < _layers.Count && _opened.Count < _ahead)
        {
            ImageLayer layer = _layers[_next++];
            _opened.Enqueue(Task.Run(() => OpenAsync(layer)));
        }
    }

    private async Task<LayerContent> OpenAsync(ImageLayer layer)
    {
        var blob = new ImageDescriptor { MediaType = layer.MediaType, Digest = layer.Digest, Size = layer.Size };
        Stream stream = await _source.OpenBlobAsync(blob, 0, _ended).ConfigureAwait(false);
        return LayerContent.Open(layer, stream, _maximumSize, _ended);
    }
}
