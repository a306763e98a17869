using NsTools.Interop.Cgroups;
using NsTools.Interop.Syscalls;

namespace NsTools.Cgroups;

/// <summary>Waits for things to happen to a cgroup.</summary>
public sealed class CgroupEvents : IDisposable
{
    // For what no interface notifies of (v1: the last process gone), and the longest that Ctrl+C waits.
    private const int PollMilliseconds = 50;

    private readonly CgroupHandle _cgroup;
    private readonly CgroupNotifier _notifier = new();
    private readonly CgroupStatistic _before;

    /// <summary>Begins to watch a cgroup: what happens from now on is seen by <see cref="Wait"/>.</summary>
    /// <param name="cgroup">The cgroup; it is kept and disposed of.</param>
    /// <exception cref="SyscallException">It cannot be watched.</exception>
    public CgroupEvents(CgroupHandle cgroup)
    {
        _cgroup = cgroup;
        foreach (CgroupDirectory directory in cgroup.Directories)
            _notifier.Add(directory);
        _before = CgroupStatistics.Read(cgroup);
    }

    /// <summary>Waits until one of the wanted things has happened.</summary>
    /// <param name="types">The wanted things; empty for all.</param>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>All that have happened since watching began; none when the time is up.</returns>
    /// <exception cref="NsToolsException">The cgroup was removed (<c>CgroupRemoved</c>) and Empty is not wanted.</exception>
    public IReadOnlyList<CgroupEvent> Wait(IReadOnlyCollection<CgroupEventType> types, TimeSpan timeout, CancellationToken cancellation)
    {
        long deadline = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            List<CgroupEvent> events = Look(types);
            long left = deadline - Environment.TickCount64;
            if (events.Count > 0 || left <= 0)
                return events;
            cancellation.ThrowIfCancellationRequested();
            _notifier.Wait((int)Math.Min(PollMilliseconds, left));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _notifier.Dispose();
        _cgroup.Dispose();
    }

    private List<CgroupEvent> Look(IReadOnlyCollection<CgroupEventType> types)
    {
        bool Wanted(CgroupEventType type) => types.Count == 0 || types.Contains(type);
        List<CgroupEvent> events = [];
        void Tell(CgroupEventType type, long? count)
        {
            if (count > 0 && Wanted(type))
                events.Add(new CgroupEvent { Path = _cgroup.Path, Type = type, Count = count.Value, Time = DateTimeOffset.Now });
        }
        try
        {
            CgroupStatistic now = CgroupStatistics.Read(_cgroup);
            Tell(CgroupEventType.OomKill, now.OomKillCount - _before.OomKillCount);
            Tell(CgroupEventType.MemoryLimit, now.MemoryLimitCount - _before.MemoryLimitCount);
            Tell(CgroupEventType.MemoryHigh, now.MemoryHighCount is { } high ? high - _before.MemoryHighCount : _notifier.SoftLimitCount);
            Tell(CgroupEventType.PidsLimit, now.PidsLimitCount - _before.PidsLimitCount);
            if (Wanted(CgroupEventType.Empty) && IsEmpty())
                Tell(CgroupEventType.Empty, 1);
        }
        catch (SyscallException removed) when (removed.Name == "ENODEV" && Wanted(CgroupEventType.Empty))
        {
            Tell(CgroupEventType.Empty, 1);
        }
        return events;
    }

    // Of v2 the kernel knows it for all beneath; of v1 it is asked of each.
    private bool IsEmpty() => _cgroup.Directories.All(directory => directory.Hierarchy.Version == HierarchyVersion.V2
        ? ControlFile.Keyed(directory.TryRead("cgroup.events"), "populated") is 0
        : IsEmpty(directory));

    private static bool IsEmpty(CgroupDirectory directory)
    {
        if (directory.Processes().Count > 0)
            return false;
        foreach (string child in directory.Children())
        {
            using CgroupDirectory? inner = directory.Hierarchy.TryOpen($"{directory.Path}/{child}");
            if (inner is not null && !IsEmpty(inner))
                return false;
        }
        return true;
    }
}
