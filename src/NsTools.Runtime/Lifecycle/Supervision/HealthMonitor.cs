using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Health;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// The checks of a supervised container. Each is a child, <c>nsrun check-health</c>, which ends by itself when its time is
/// over: the supervisor starts it, goes on, and reads the result when it reaps it.
/// </summary>
internal sealed class HealthMonitor : IDisposable
{
    // A check whose start hangs, as in a container that is frozen at that moment, is ended so long after its own time.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);

    private readonly SupervisedContainer _container;
    private readonly HealthPlan _plan;
    private readonly HealthTracker _tracker;
    private readonly Check?[] _checks;
    private readonly string _directory;
    private readonly long _started = System.Environment.TickCount64;
    private TimeSpan? _kill;
    private bool _isEnding;

    private HealthMonitor(SupervisedContainer container, HealthPlan plan)
    {
        _container = container;
        _plan = plan;
        _tracker = new HealthTracker(plan.Probes);
        _checks = new Check?[plan.Probes.Count];
        _directory = Path.GetDirectoryName(container.ExitFile)!;
    }

    private TimeSpan Now => TimeSpan.FromMilliseconds(System.Environment.TickCount64 - _started);

    /// <summary>Begins.</summary>
    /// <param name="container">The container.</param>
    /// <returns>The checks; null for a container without.</returns>
    public static HealthMonitor? Start(SupervisedContainer container)
    {
        if (container.HealthPlan.Length == 0 || HealthPlan.Read(container.HealthPlan) is not { Probes.Count: > 0 } plan)
            return null;
        var monitor = new HealthMonitor(container, plan);
        monitor.Write();
        return monitor;
    }

    /// <summary>How long there is nothing to do, in milliseconds; -1 until a check ends.</summary>
    public int IdleMilliseconds
    {
        get
        {
            TimeSpan? next = _kill;
            foreach (TimeSpan? due in (TimeSpan?[])[_tracker.NextDue, .. _checks.Select(static check => check?.Deadline)])
                next = next is null || due < next ? due ?? next : next;
            return next is { } time ? (int)Math.Clamp(Math.Ceiling((time - Now).TotalMilliseconds), 0, int.MaxValue) : -1;
        }
    }

    /// <summary>Does what is due.</summary>
    public void Work()
    {
        TimeSpan now = Now;
        if (_kill <= now)
        {
            _kill = null;
            _ = kill(_container.ProcessId, SIGKILL);
        }
        foreach (Check? check in _checks)
        {
            // Not again: it is reaped then.
            if (check?.Deadline <= now)
            {
                check.Deadline = null;
                _ = kill(-check.ProcessId, SIGKILL);
            }
        }
        while (_tracker.TakeDue(now) is { } index)
            Begin(index, now);
    }

    /// <summary>A child has been reaped.</summary>
    /// <param name="process">Its ID.</param>
    public void Reaped(int process)
    {
        int index = Array.FindIndex(_checks, check => check?.ProcessId == process);
        if (index < 0)
            return;
        using (Check check = _checks[index]!)
        {
            _checks[index] = null;
            _tracker.Report(index, check.Read(), Now);
        }
        Write();
        if (!_tracker.MustEnd || _isEnding)
            return;
        _isEnding = true;
        // A child that is not reaped: the number is its own.
        _ = kill(_container.ProcessId, _plan.StopSignal);
        _kill = Now + _plan.StopTimeout;
    }

    public void Dispose()
    {
        // They end with the container, or for their time.
        foreach (Check? check in _checks)
            check?.Dispose();
    }

    private void Begin(int index, TimeSpan now)
    {
        try
        {
            SafeFileHandle output = MemoryFile.Create("result");
            using SafeFileHandle nothing = Descriptor.Open("/dev/null", O_RDWR);
            int process = PosixSpawn.Start(
                "/proc/self/exe",
                ["nsrun", "check-health", Path.GetDirectoryName(_directory)!, Path.GetFileName(_directory), _container.HealthPlan, index.ToString(CultureInfo.InvariantCulture)],
                [.. SupervisedRun.Variables()],
                [(Descriptor.Number(nothing), STDIN_FILENO), (Descriptor.Number(output), STDOUT_FILENO), (Descriptor.Number(nothing), STDERR_FILENO)],
                SpawnGroup.NewSession,
                []);
            _checks[index] = new Check(process, output) { Deadline = now + _plan.Probes[index].Timeout + s_grace };
        }
        catch (SyscallException failure)
        {
            DateTimeOffset time = DateTimeOffset.UtcNow;
            _tracker.Report(index, new HealthResult { Start = time, End = time, ExitCode = HealthResult.NotDone, Output = failure.Message }, now);
            Write();
        }
    }

    private void Write()
    {
        try
        {
            AtomicFile.Write(
                Path.Join(_directory, HealthRecord.FileName),
                JsonSerializer.SerializeToUtf8Bytes(_tracker.Record, HealthJson.Default.HealthRecord),
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                isSynchronized: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The container was deleted meanwhile, or memory is full: the next result is written again.
        }
    }

    private sealed class Check(int process, SafeFileHandle output) : IDisposable
    {
        public int ProcessId => process;

        /// <summary>When it is killed; null when it has been.</summary>
        public TimeSpan? Deadline { get; set; }

        /// <summary>What it has written; null for nothing, as of a container that did not run.</summary>
        public HealthResult? Read()
        {
            byte[] bytes = new byte[RandomAccess.GetLength(output)];
            int length = RandomAccess.Read(output, bytes, 0);
            try
            {
                return length == 0 ? null : JsonSerializer.Deserialize(bytes.AsSpan(0, length), HealthJson.Default.HealthResult);
            }
            catch (JsonException)
            {
                return null; // It was killed while it wrote.
            }
        }

        public void Dispose() => output.Dispose();
    }
}
