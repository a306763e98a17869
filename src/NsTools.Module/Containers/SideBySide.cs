namespace NsTools.Module.Containers;

/// <summary>
/// Work on many items at the same time. Its threads are its own: the pool gives those that only wait too few, and more of them
/// by two a second.
/// </summary>
/// <typeparam name="T">The items' type.</typeparam>
internal sealed class SideBySide<T> : IDisposable
{
    private readonly TaskCompletionSource<Exception?>[] _done;
    private readonly Thread[] _threads;
    private readonly IReadOnlyList<T> _items;
    private readonly Action<T> _work;
    private int _next = -1;
    private volatile bool _isEnded;

    /// <summary>Begins.</summary>
    /// <param name="items">The items.</param>
    /// <param name="limit">How many at the same time.</param>
    /// <param name="work">What is done with each; it must end soon when the caller is cancelled.</param>
    public SideBySide(IReadOnlyList<T> items, int limit, Action<T> work)
    {
        (_items, _work) = (items, work);
        _done = [.. items.Select(_ => new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously))];
        // One alone is done by who awaits it.
        _threads = Math.Min(limit, items.Count) is var count and > 1 ? [.. Enumerable.Range(0, count).Select(_ => new Thread(Loop) { IsBackground = true })] : [];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>Waits until an item is done.</summary>
    /// <param name="index">Its index; they are awaited in their order.</param>
    /// <returns>Why it failed; null when it did not.</returns>
    public Exception? Await(int index)
    {
        if (_threads.Length == 0)
            Step();
        return _done[index].Task.GetAwaiter().GetResult();
    }

    /// <summary>Waits for those that are being worked on; the others are left.</summary>
    public void Dispose()
    {
        _isEnded = true;
        foreach (Thread thread in _threads)
            thread.Join();
    }

    private void Loop()
    {
        while (!_isEnded && Step())
        {
        }
    }

    private bool Step()
    {
        int index = Interlocked.Increment(ref _next);
        if (index >= _items.Count)
            return false;
        Exception? failure = null;
        try
        {
            _work(_items[index]);
        }
        catch (Exception thrown)
        {
            // Thrown again, with its stack, where the item is awaited.
            failure = thrown;
        }
        _done[index].SetResult(failure);
        return true;
    }
}
