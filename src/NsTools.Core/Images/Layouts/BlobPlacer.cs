using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace NsTools.Images.Layouts;

/// <summary>
/// Gives blobs that have come whole their places while others still come: each when it is on the disk, and those that
/// have gathered meanwhile together, for the disk takes many small files in hardly more time than one. It waits for
/// nobody, so that the lock of a blob that is here is let go of whatever the rest of the copy waits for.
/// </summary>
internal sealed class BlobPlacer : IAsyncDisposable
{
    // A descriptor each.
    private const int Most = 64;

    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(Most) { SingleReader = true });
    private readonly Task _work;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Makes one.</summary>
    public BlobPlacer() => _work = Task.Run(WorkAsync);

    /// <summary>Takes a whole blob over, to give it its place soon.</summary>
    /// <param name="partial">The blob; owned from here on.</param>
    /// <param name="digest">Its digest, verified.</param>
    /// <param name="cancellation">Ends waiting until there is room.</param>
    public async Task AddAsync(PartialBlob partial, Digest digest, CancellationToken cancellation)
    {
        try
        {
            _failure?.Throw();
            await _entries.Writer.WriteAsync(new Entry(partial, digest, null), cancellation).ConfigureAwait(false);
        }
        catch
        {
            partial.Dispose();
            throw;
        }
    }

    /// <summary>Waits until all that were added have their places.</summary>
    /// <param name="cancellation">Ends waiting.</param>
    /// <exception cref="Interop.Syscalls.SyscallException">One could not be given its place.</exception>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _entries.Writer.WriteAsync(new Entry(null, default!, done), cancellation).ConfigureAwait(false);
        await done.Task.WaitAsync(cancellation).ConfigureAwait(false);
        _failure?.Throw();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _work.ConfigureAwait(false);
    }

    private async Task WorkAsync()
    {
        List<Entry> gathered = [];
        while (await _entries.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (gathered.Count < Most && _entries.Reader.TryRead(out Entry entry))
                gathered.Add(entry);
            Place(gathered);
            gathered.Clear();
        }
    }

    private void Place(List<Entry> gathered)
    {
        foreach (Entry entry in gathered)
            entry.Partial?.BeginSynchronize();
        foreach ((PartialBlob? partial, Digest digest, TaskCompletionSource? done) in gathered)
        {
            using (partial)
            {
                try
                {
                    partial?.Complete(digest);
                }
                catch (Exception exception)
                {
                    // The copy is told at its next step. Each of the others is tried: what came over is kept.
                    _failure ??= ExceptionDispatchInfo.Capture(exception);
                }
            }
            done?.SetResult();
        }
    }

    private readonly record struct Entry(PartialBlob? Partial, Digest Digest, TaskCompletionSource? Done);
}
