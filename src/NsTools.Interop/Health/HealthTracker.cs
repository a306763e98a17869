namespace NsTools.Interop.Health;

/// <summary>
/// Says when which check of a container is due, and what their results make of it. Times count from the container's start.
/// It starts nothing and writes nothing: a supervisor does.
/// </summary>
internal sealed class HealthTracker
{
    private readonly Entry[] _entries;
    private readonly List<HealthResult> _results = [];

    /// <summary>Begins with the container's start.</summary>
    /// <param name="probes">The checks.</param>
    public HealthTracker(IReadOnlyList<HealthProbe> probes) => _entries = [.. probes.Select(static probe => new Entry(probe))];

    /// <summary>How the container is now.</summary>
    public HealthRecord Record => new() { Status = Status(), FailingStreak = _entries.Max(static entry => entry.Failures), Results = [.. _results] };

    /// <summary>True when the container failed a check that it lives by.</summary>
    public bool MustEnd { get; private set; }

    /// <summary>When the next check is due; null for none before one has ended.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            IEnumerable<Entry> waiting = _entries.Where(entry => !entry.IsRunning && MayRun(entry));
            return MustEnd || !waiting.Any() ? null : waiting.Min(static entry => entry.Due);
        }
    }

    /// <summary>The check that is due, which counts as running from now on.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Its index; null for none.</returns>
    public int? TakeDue(TimeSpan now)
    {
        int index = MustEnd ? -1 : Array.FindIndex(_entries, entry => !entry.IsRunning && MayRun(entry) && entry.Due <= now);
        if (index < 0)
            return null;
        _entries[index].IsRunning = true;
        return index;
    }

    /// <summary>Takes the end of a check.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="result">How it has ended; null when it says nothing, as of a container that is frozen.</param>
    /// <param name="now">The time.</param>
    public void Report(int index, HealthResult? result, TimeSpan now)
    {
        Entry entry = _entries[index];
        HealthProbe probe = entry.Probe;
        entry.IsRunning = false;
        if (result is not null)
        {
            _results.Add(result with { Role = probe.Role });
            if (_results.Count > HealthRecord.MostResults)
                _results.RemoveAt(0);
            entry.Count(result.ExitCode == 0, now);
        }
        bool isStarting = entry.IsPassing is null && now < probe.StartPeriod;
        entry.Due = now + (isStarting ? probe.StartInterval ?? probe.Interval : probe.Interval);
        MustEnd |= entry.IsPassing == false && probe.Role is (HealthRole.Liveness or HealthRole.Startup);
    }

    // What has started is not asked about that again; before, nothing else is asked.
    private bool MayRun(Entry entry) => entry.Probe.Role == HealthRole.Startup
        ? entry.IsPassing != true
        : Array.TrueForAll(_entries, static other => other.Probe.Role != HealthRole.Startup || other.IsPassing == true);

    private HealthStatus Status()
    {
        if (Array.Exists(_entries, static entry => entry.IsPassing == false))
            return HealthStatus.Unhealthy;
        // Where there is a readiness probe it alone says that the container is well.
        bool hasReadiness = Array.Exists(_entries, static entry => entry.Probe.Role == HealthRole.Readiness);
        return Array.TrueForAll(_entries, entry => entry.IsPassing == true || (hasReadiness && entry.Probe.Role is not (HealthRole.Readiness or HealthRole.Startup)))
            ? HealthStatus.Healthy
            : HealthStatus.Starting;
    }

    private sealed class Entry(HealthProbe probe)
    {
        private int _successes;

        public HealthProbe Probe => probe;

        public TimeSpan Due { get; set; } = probe.Delay;

        public bool IsRunning { get; set; }

        public int Failures { get; private set; }

        public bool? IsPassing { get; private set; }

        public void Count(bool isSuccess, TimeSpan now)
        {
            if (isSuccess)
            {
                Failures = 0;
                if (++_successes >= probe.Successes)
                    IsPassing = true;
                return;
            }
            _successes = 0;
            if (IsPassing is null && now < probe.StartPeriod)
                return;
            if (++Failures >= probe.Retries)
                IsPassing = false;
        }
    }
}
